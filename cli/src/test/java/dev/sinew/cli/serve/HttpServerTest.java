package dev.sinew.cli.serve;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole conversations with the server, byte for byte, over loopback sockets of the JDK. */
class HttpServerTest {
  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-01-02T03:04:05Z"), ZoneOffset.UTC);

  @TempDir Path base;

  private Path root;
  private HttpServer http;
  private TcpServer server;
  private ServerSocket listener;
  private final List<String> log = new ArrayList<>();

  @BeforeEach
  void start() throws IOException {
    root = Files.createDirectory(base.resolve("root"));
    Files.writeString(root.resolve("ten"), "0123456789");
    Files.writeString(base.resolve("secret"), "secret");
    listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    http =
        new HttpServer(
            root,
            CLOCK,
            new HttpServer.Timeouts(400, 400, 400),
            line -> {
              synchronized (log) {
                log.add(line);
              }
            });
    server = new TcpServer(listener, http, new Traffic("http"), HttpServerTest::thread).start();
  }

  private static Thread thread(String name, Runnable program) {
    return Thread.ofVirtual().name(name).start(program);
  }

  @AfterEach
  void stop() throws IOException {
    server.close();
    http.close();
  }

  /** What the server answers until it closes; the client ends its own direction first. */
  private String talk(String request) throws IOException {
    try (Socket socket = new Socket(listener.getInetAddress(), listener.getLocalPort())) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write(request.getBytes(ISO_8859_1));
      socket.shutdownOutput();
      return new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
    }
  }

  private String get(String path, String... fields) throws IOException {
    return request("GET", path, fields);
  }

  private String request(String method, String path, String... fields) throws IOException {
    String more = fields.length == 0 ? "" : String.join("\r\n", fields) + "\r\n";
    return talk(method + " " + path + " HTTP/1.1\r\nHost: x\r\n" + more + "\r\n");
  }

  private static String body(String answer) {
    return answer.substring(answer.indexOf("\r\n\r\n") + 4);
  }

  @Test
  void aFileIsSentWithItsLengthTypeAndDate() throws IOException {
    assertThat(get("/ten"))
        .startsWith("HTTP/1.1 200 OK\r\n")
        .contains("Date: Fri, 02 Jan 2026 03:04:05 GMT\r\n")
        .contains("Content-Length: 10\r\n")
        .contains("Content-Type: application/octet-stream\r\n")
        .contains("Accept-Ranges: bytes\r\n")
        .endsWith("\r\n\r\n0123456789");
  }

  @Test
  void headTellsTheSameWithoutTheBody() throws IOException {
    String head = request("HEAD", "/ten");
    assertThat(head).contains("Content-Length: 10\r\n").endsWith("\r\n\r\n");
    assertThat(head).isEqualTo(get("/ten").replace("0123456789", ""));
  }

  @Test
  void theConnectionServesRequestAfterRequestAndInOneBurst() throws IOException {
    String one = "GET /ten HTTP/1.1\r\nHost: x\r\n\r\n";
    String answer =
        talk(one + one + "GET /ten HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" + one);
    assertThat(answer.split("0123456789", -1)).hasSize(4);
    assertThat(answer.split("Connection: close", -1)).hasSize(2);
  }

  @Test
  void http10ClosesUnlessAskedToKeepTheConnection() throws IOException {
    assertThat(talk("GET /ten HTTP/1.0\r\n\r\nGET /ten HTTP/1.0\r\n\r\n").split("HTTP/1.1 200", -1))
        .hasSize(2);
    assertThat(
            talk("GET /ten HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /ten HTTP/1.0\r\n\r\n")
                .split("HTTP/1.1 200", -1))
        .hasSize(3);
  }

  @Test
  void aPartOfAFileIsSent() throws IOException {
    assertThat(get("/ten", "Range: bytes=2-4"))
        .startsWith("HTTP/1.1 206 Partial Content\r\n")
        .contains("Content-Range: bytes 2-4/10\r\n")
        .contains("Content-Length: 3\r\n")
        .endsWith("\r\n\r\n234");
    assertThat(body(get("/ten", "Range: bytes=7-"))).isEqualTo("789");
    assertThat(body(get("/ten", "Range: bytes=7-99"))).isEqualTo("789");
    assertThat(body(get("/ten", "Range: bytes=-3"))).isEqualTo("789");
    assertThat(body(get("/ten", "Range: bytes=-99"))).isEqualTo("0123456789");
  }

  @Test
  void aPartBeyondTheEndIsRefused() throws IOException {
    assertThat(get("/ten", "Range: bytes=9-")).startsWith("HTTP/1.1 206").endsWith("9");
    assertThat(get("/ten", "Range: bytes=10-"))
        .startsWith("HTTP/1.1 416 Range Not Satisfiable\r\n")
        .contains("Content-Range: bytes */10\r\n");
    assertThat(get("/ten", "Range: bytes=-0")).startsWith("HTTP/1.1 416");
  }

  @Test
  void aRangeThatIsNotUnderstoodOrNotASingleOneIsIgnored() throws IOException {
    for (String range :
        List.of("bytes=4-2", "bytes=1-2,4-5", "lines=1-2", "bytes=-", "bytes=x-", "1-2")) {
      assertThat(get("/ten", "Range: " + range))
          .as(range)
          .startsWith("HTTP/1.1 200 OK")
          .endsWith("0123456789");
    }
  }

  @Test
  void aPartOfAChangedFileIsNotSent() throws IOException {
    String answer = get("/ten");
    String tag = answer.replaceAll("(?s).*ETag: (\\S+)\r\n.*", "$1");
    assertThat(get("/ten", "Range: bytes=0-0", "If-Range: " + tag)).startsWith("HTTP/1.1 206");
    assertThat(get("/ten", "Range: bytes=0-0", "If-Range: \"other\"")).startsWith("HTTP/1.1 200");
    assertThat(get("/ten", "If-None-Match: " + tag))
        .startsWith("HTTP/1.1 304")
        .endsWith("\r\n\r\n");
    Files.writeString(root.resolve("ten"), "0123456789a");
    assertThat(get("/ten", "Range: bytes=0-0", "If-Range: " + tag)).startsWith("HTTP/1.1 200");
  }

  @Test
  void aFolderIsListedAndItsNamesCanNotBecomeMarkup() throws IOException {
    Files.createDirectory(root.resolve("sub"));
    Files.writeString(root.resolve("<b>&\"1.txt"), "x");
    assertThat(body(get("/")))
        .contains("<a href=\"./ten\">ten</a> 10")
        .contains("<a href=\"./sub/\">sub/</a>")
        .contains("<a href=\"./%3Cb%3E%26%221.txt\">&lt;b&gt;&amp;&quot;1.txt</a>")
        .doesNotContain("<b>");
    assertThat(body(get("/sub/"))).contains("../");
  }

  @Test
  void aFoldersIndexFileIsSentInsteadOfItsList() throws IOException {
    Files.createDirectory(root.resolve("sub"));
    Files.writeString(root.resolve("sub/index.html"), "the index");
    assertThat(get("/sub/"))
        .contains("Content-Type: text/html; charset=utf-8\r\n")
        .endsWith("the index");
    assertThat(get("/sub")).startsWith("HTTP/1.1 301").contains("Location: /sub/\r\n");
  }

  @Test
  void aRedirectCanNotLeadToAnotherHost() throws IOException {
    Files.createDirectory(root.resolve("sub"));
    assertThat(get("//sub")).contains("Location: /sub/\r\n");
  }

  @Test
  void aPathIsDecodedOnce() throws IOException {
    Files.writeString(root.resolve("a b%41ü"), "here");
    assertThat(body(get("/a%20b%2541%C3%BC"))).isEqualTo("here");
    assertThat(body(get("/ten?query=/x"))).isEqualTo("0123456789");
    assertThat(body(get("http://any.host/ten"))).isEqualTo("0123456789");
  }

  @Test
  void noPathLeadsOutOfTheFolder() throws IOException {
    List<String> paths =
        List.of(
            "/../secret",
            "/%2e%2e/secret",
            "/sub/../../secret",
            "/..%2fsecret",
            "/.%2e/secret",
            "/%00",
            "/./ten",
            "/ten/../../secret");
    for (String path : paths) {
      assertThat(get(path)).as(path).startsWith("HTTP/1.1 400");
    }
    assertThat(get("/%zz")).startsWith("HTTP/1.1 400");
    assertThat(get("/%")).startsWith("HTTP/1.1 400");
    assertThat(get("/%4")).startsWith("HTTP/1.1 400");
    assertThat(get("/%ff")).startsWith("HTTP/1.1 400");
    assertThat(get("ten")).startsWith("HTTP/1.1 400");
  }

  @Test
  void symbolicLinksAreNotFollowed() throws IOException {
    Files.createSymbolicLink(root.resolve("out"), base.resolve("secret"));
    Files.createSymbolicLink(root.resolve("up"), base);
    Files.createSymbolicLink(root.resolve("here"), Path.of("ten"));
    assertThat(get("/out")).startsWith("HTTP/1.1 403").doesNotContain("\nsecret");
    assertThat(get("/here")).startsWith("HTTP/1.1 403");
    assertThat(get("/up/secret")).startsWith("HTTP/1.1 404");
    assertThat(get("/up/")).startsWith("HTTP/1.1 404");
    assertThat(request("PUT", "/out", "Content-Length: 0")).startsWith("HTTP/1.1 409");
    assertThat(request("PUT", "/up/new", "Content-Length: 0")).startsWith("HTTP/1.1 409");
    assertThat(base.resolve("new")).doesNotExist();
    assertThat(body(get("/"))).doesNotContain("out").doesNotContain("up");
  }

  @Test
  void whatIsNotThereIsSaidInOneLine() throws IOException {
    assertThat(body(get("/nothing"))).isEqualTo("404 Not Found: there is no such file\n");
    assertThat(get("/ten/")).startsWith("HTTP/1.1 404");
    assertThat(get("/ten/x")).startsWith("HTTP/1.1 404");
    assertThat(get("/" + "n".repeat(300))).startsWith("HTTP/1.1 414");
  }

  @Test
  void otherMethodsAreRefused() throws IOException {
    assertThat(request("DELETE", "/ten"))
        .startsWith("HTTP/1.1 405")
        .contains("Allow: GET, HEAD, PUT, OPTIONS\r\n");
    assertThat(request("OPTIONS", "*")).startsWith("HTTP/1.1 204").doesNotContain("Content-Length");
    assertThat(root.resolve("ten")).exists();
  }

  // ---- uploads

  @Test
  void anUploadMakesAFileAndASecondReplacesIt() throws IOException {
    String first = talk("PUT /new%20file HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
    assertThat(first).startsWith("HTTP/1.1 201 Created\r\n").contains("Location: /new%20file\r\n");
    assertThat(root.resolve("new file")).hasContent("hello");
    assertThat(talk("PUT /new%20file HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"))
        .startsWith("HTTP/1.1 204");
    assertThat(root.resolve("new file")).hasContent("hi");
  }

  @Test
  void aChunkedUploadIsPutTogetherAndTheNextRequestIsFound() throws IOException {
    String answer =
        talk(
            "PUT /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\nA\r\n, my world\r\n0\r\nTrailer: t\r\n\r\n"
                + "GET /c HTTP/1.1\r\nHost: x\r\n\r\n");
    assertThat(answer).startsWith("HTTP/1.1 201").endsWith("hello, my world");
  }

  @Test
  void aDamagedChunkLeavesNoFile() throws IOException {
    for (String chunks :
        List.of(
            "5\r\nhelloX\r\n0\r\n\r\n",
            "-5\r\n",
            "g\r\n",
            "\r\n",
            "ffffffffffffffff\r\n",
            "5\r\nhel")) {
      String answer =
          talk("PUT /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks);
      assertThat(answer).as(chunks).doesNotStartWith("HTTP/1.1 2");
      assertOnlyTen();
    }
  }

  @Test
  void anUploadThatEndsTooEarlyLeavesNoFile() throws IOException {
    assertThat(talk("PUT /c HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nhello")).isEmpty();
    assertThat(talk("PUT /ten HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nhello")).isEmpty();
    assertOnlyTen();
    assertThat(root.resolve("ten")).hasContent("0123456789");
  }

  private void assertOnlyTen() throws IOException {
    // The server removes its temporary file before the connection ends.
    try (Stream<Path> files = Files.list(root)) {
      assertThat(files.map(p -> p.getFileName().toString())).containsExactly("ten");
    }
  }

  @Test
  void aClientThatAsksFirstIsToldToGoOn() throws IOException {
    try (Socket socket = new Socket(listener.getInetAddress(), listener.getLocalPort())) {
      socket.setSoTimeout(10_000);
      socket
          .getOutputStream()
          .write(
              "PUT /e HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n"
                  .getBytes(ISO_8859_1));
      String go = "HTTP/1.1 100 Continue\r\n\r\n";
      InputStream in = socket.getInputStream();
      assertThat(new String(in.readNBytes(go.length()), ISO_8859_1)).isEqualTo(go);
      socket.getOutputStream().write("ok".getBytes(UTF_8));
      socket.shutdownOutput();
      assertThat(new String(in.readAllBytes(), ISO_8859_1)).startsWith("HTTP/1.1 201");
    }
    assertThat(root.resolve("e")).hasContent("ok");
  }

  @Test
  void aClientThatAsksFirstIsToldWhenItIsInVain() throws IOException {
    String answer =
        talk(
            "PUT /no/where HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    assertThat(answer).startsWith("HTTP/1.1 409").contains("Connection: close");
    assertThat(talk("PUT /e HTTP/1.1\r\nHost: x\r\nExpect: 200-ok\r\nContent-Length: 0\r\n\r\n"))
        .startsWith("HTTP/1.1 417");
  }

  @Test
  void anUploadWithoutAPlaceIsRefusedAndTheConnectionGoesOn() throws IOException {
    Files.createDirectory(root.resolve("sub"));
    String next = "GET /ten HTTP/1.1\r\nHost: x\r\n\r\n";
    for (String path : List.of("/sub", "/sub/", "/", "/no/where", "/ten/x")) {
      String answer =
          talk("PUT " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi" + next);
      assertThat(answer).as(path).startsWith("HTTP/1.1 409").endsWith("0123456789");
    }
    assertThat(request("PUT", "/f")).startsWith("HTTP/1.1 411");
    assertThat(request("PUT", "/f", "Content-Length: 1", "Content-Range: bytes 0-0/5"))
        .startsWith("HTTP/1.1 400");
  }

  // ---- attacks

  @Test
  void requestsThatTwoReadersCouldTakeApartDifferentlyAreRefused() throws IOException {
    String put = "PUT /f HTTP/1.1\r\nHost: x\r\n";
    List<String> requests =
        List.of(
            put + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nhi",
            put + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            put + "Content-Length: +2\r\n\r\nhi",
            put + "Content-Length: 9999999999999999999\r\n\r\nhi",
            put + "Content-Length : 2\r\n\r\nhi",
            put + "X: y\r\n folded\r\nContent-Length: 2\r\n\r\nhi",
            "GET /ten HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
            "GET /ten HTTP/1.1\r\n\r\n",
            "GET  /ten HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /ten HTTP/1.1 \r\nHost: x\r\n\r\n",
            "GET /ten\r\nHost: x\r\n\r\n",
            "G(T /ten HTTP/1.1\r\nHost: x\r\n\r\n",
            "GET /t\ren HTTP/1.1\r\nHost: x\r\n\r\n");
    for (String request : requests) {
      assertThat(talk(request))
          .as(request)
          .startsWith("HTTP/1.1 400")
          .contains("Connection: close");
    }
    assertThat(talk(put + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"))
        .startsWith("HTTP/1.1 501");
    assertThat(talk("GET /ten HTTP/2.0\r\nHost: x\r\n\r\n")).startsWith("HTTP/1.1 505");
    assertOnlyTen();
  }

  @Test
  void aHeadMayNotGrowWithoutEnd() throws IOException {
    assertThat(get("/" + "a".repeat(9000))).startsWith("HTTP/1.1 414");
    assertThat(get("/ten", "X: " + "a".repeat(15_000))).startsWith("HTTP/1.1 200");
    assertThat(get("/ten", "X: " + "a".repeat(17_000))).startsWith("HTTP/1.1 431");
    assertThat(get("/ten", "X: y\r\n".repeat(101) + "X: y")).startsWith("HTTP/1.1 431");
  }

  @Test
  void whoSendsTooSlowlyIsTurnedAway() throws IOException {
    try (Socket socket = new Socket(listener.getInetAddress(), listener.getLocalPort())) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write("GET /ten HT".getBytes(ISO_8859_1));
      assertThat(new String(socket.getInputStream().readAllBytes(), ISO_8859_1))
          .startsWith("HTTP/1.1 408");
    }
    try (Socket socket = new Socket(listener.getInetAddress(), listener.getLocalPort())) {
      socket.setSoTimeout(10_000);
      assertThat(socket.getInputStream().read())
          .as("nothing asked, nothing answered")
          .isEqualTo(-1);
    }
  }

  @Test
  void theLogIsFitForATerminal() throws IOException {
    String unused = get("/\033[31m");
    synchronized (log) {
      assertThat(log).singleElement().asString().startsWith("GET /?[31m 404");
    }
  }

  @Test
  void aGreatFileArrivesWhole() throws IOException {
    byte[] bytes = new byte[3_000_001];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i * 31 + (i >> 11));
    }
    String put = "PUT /big HTTP/1.1\r\nHost: x\r\nContent-Length: " + bytes.length + "\r\n\r\n";
    assertThat(talk(put + new String(bytes, ISO_8859_1))).startsWith("HTTP/1.1 201");
    assertThat(Files.readAllBytes(root.resolve("big"))).isEqualTo(bytes);
    assertThat(body(get("/big")).getBytes(ISO_8859_1)).isEqualTo(bytes);
  }
}
