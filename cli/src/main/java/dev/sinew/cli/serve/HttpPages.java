package dev.sinew.cli.serve;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/** The index of a folder, and what a file's name says about its content. */
final class HttpPages {
  private HttpPages() {}

  /** A page with the names in a folder. */
  static byte[] index(String path, List<FileStore.Entry> entries) {
    StringBuilder page = new StringBuilder(1024);
    String title = "Index of " + html(path);
    page.append("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>")
        .append(title);
    page.append("</title></head>\n<body><h1>").append(title).append("</h1>\n<ul>\n");
    if (!path.equals("/")) {
      page.append("<li><a href=\"../\">../</a></li>\n");
    }
    for (FileStore.Entry entry : entries) {
      String slash = entry.isFolder() ? "/" : "";
      page.append("<li><a href=\"./").append(encode(entry.name())).append(slash).append("\">");
      page.append(html(entry.name())).append(slash).append("</a>");
      if (!entry.isFolder()) {
        page.append(" ").append(entry.size());
      }
      page.append("</li>\n");
    }
    // The "./" above keeps a name with a colon from looking like a scheme.
    return page.append("</ul></body></html>\n").toString().getBytes(StandardCharsets.UTF_8);
  }

  private static String html(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }

  /** Names as an absolute path. */
  static String path(List<String> names) {
    StringBuilder path = new StringBuilder();
    for (String name : names) {
      path.append('/').append(encode(name));
    }
    return path.toString();
  }

  /** A name as a part of a path: what is not unreserved is percent-encoded. */
  private static String encode(String name) {
    StringBuilder text = new StringBuilder();
    for (byte b : name.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      if (c >= 'a' && c <= 'z'
          || c >= 'A' && c <= 'Z'
          || c >= '0' && c <= '9'
          || "-._~".indexOf(c) >= 0) {
        text.append(c);
      } else {
        text.append(String.format(Locale.ROOT, "%%%02X", (int) c));
      }
    }
    return text.toString();
  }

  /** A client's text for a terminal: nothing in it can move the cursor or change a colour. */
  static String printable(String text) {
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length() && i < 200; i++) {
      char c = text.charAt(i);
      out.append(c >= 0x20 && c < 0x7f ? c : '?');
    }
    return out.toString();
  }

  static String contentType(String name) {
    String suffix = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    return switch (suffix) {
      case "html", "htm" -> "text/html; charset=utf-8";
      case "txt", "md", "log", "csv" -> "text/plain; charset=utf-8";
      case "css" -> "text/css; charset=utf-8";
      case "js", "mjs" -> "text/javascript; charset=utf-8";
      case "json" -> "application/json";
      case "xml" -> "application/xml";
      case "svg" -> "image/svg+xml";
      case "png" -> "image/png";
      case "jpg", "jpeg" -> "image/jpeg";
      case "gif" -> "image/gif";
      case "webp" -> "image/webp";
      case "ico" -> "image/x-icon";
      case "pdf" -> "application/pdf";
      case "wasm" -> "application/wasm";
      case "mp4" -> "video/mp4";
      case "zip" -> "application/zip";
      case "gz" -> "application/gzip";
      default -> "application/octet-stream";
    };
  }
}
