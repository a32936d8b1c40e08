package dev.sinew.junit;

import dev.sinew.base.Profile;
import dev.sinew.sim.SimHost;
import dev.sinew.sim.SimLink;
import dev.sinew.sim.Simulation;
import java.lang.reflect.AnnotatedElement;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.platform.commons.support.ReflectionSupport;

/** Builds the network that the annotations of a test describe. */
final class Networks {
  private static final Pattern LINK =
      Pattern.compile("\\s*([\\w.]+)\\s*-\\s*([\\w.]+)\\s*(?::(.*))?", Pattern.DOTALL);

  private Networks() {}

  static void build(Simulation sim, SimTest test, Method method, List<Class<?>> classes)
      throws Exception {
    if (test.network() != SimNetwork.class) {
      ReflectionSupport.newInstance(test.network()).build(sim);
      return;
    }
    List<AnnotatedElement> places = new ArrayList<>();
    places.add(method);
    places.addAll(classes);
    for (AnnotatedElement place : places) {
      Host[] hosts = place.getAnnotationsByType(Host.class);
      Link[] links = place.getAnnotationsByType(Link.class);
      if (hosts.length + links.length > 0) {
        build(sim, hosts, links);
        return;
      }
    }
  }

  private static void build(Simulation sim, Host[] hosts, Link[] links) {
    Map<String, SimHost> byName = new LinkedHashMap<>();
    List<SimHost> routers = new ArrayList<>();
    for (Host h : hosts) {
      Profile profile = profile(h);
      SimHost made = sim.host(h.value(), b -> b.profile(profile).forwarding(h.router()));
      byName.put(h.value(), made);
      if (h.router()) {
        routers.add(made);
      }
    }
    for (Link l : links) {
      link(sim, l, byName);
    }
    for (SimHost h : sim.hosts()) {
      List<SimLink> own =
          sim.links().stream()
              .filter(l -> l.forward().from() == h || l.backward().from() == h)
              .toList();
      if (own.size() == 1 && !routers.contains(h)) {
        SimHost other = own.getFirst().from(h).to();
        if (routers.contains(other)) {
          sim.defaultRoute(h, own.getFirst(), other);
        }
      }
    }
  }

  private static void link(Simulation sim, Link l, Map<String, SimHost> byName) {
    Matcher m = LINK.matcher(l.value());
    if (!m.matches()) {
      throw new ExtensionConfigurationException(
          "@Link(\""
              + l.value()
              + "\"): expected two hosts and what happens between them, as in"
              + " \"client-server: delay 20ms loss 1%\"");
    }
    SimHost a = byName.computeIfAbsent(m.group(1), sim::host);
    SimHost b = byName.computeIfAbsent(m.group(2), sim::host);
    try {
      SimLink link = sim.link(a, b, m.group(3) == null ? "" : m.group(3));
      if (!l.back().isBlank()) {
        link.backward().impair(l.back());
      }
    } catch (IllegalArgumentException e) {
      throw new ExtensionConfigurationException(
          "@Link(\"" + l.value() + "\"): " + e.getMessage(), e);
    }
  }

  private static Profile profile(Host h) {
    return switch (h.profile().toLowerCase(Locale.ROOT)) {
      case "standard" -> Profile.STANDARD;
      case "linux" -> Profile.LINUX;
      case "freebsd" -> Profile.FREEBSD;
      default ->
          throw new ExtensionConfigurationException(
              "@Host(\""
                  + h.value()
                  + "\"): there is no profile \""
                  + h.profile()
                  + "\"; there are standard, linux and freebsd");
    };
  }
}
