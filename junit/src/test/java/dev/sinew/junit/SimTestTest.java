package dev.sinew.junit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.TcpState;
import dev.sinew.capture.CaptureReader;
import dev.sinew.capture.analysis.Finding;
import dev.sinew.sim.SimHost;
import dev.sinew.sim.SimLink;
import dev.sinew.sim.Simulation;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests that succeed and fail on purpose, and what is said of them. */
class SimTestTest {
  @TempDir Path output;

  private Outcome run(Class<?> testClass, String method, String... settings) {
    return Outcome.of(testClass, method, output, settings);
  }

  // ---- what a test is given

  @Link("client-server: delay 20ms")
  static class Given {
    static final List<Long> SEEDS = Collections.synchronizedList(new ArrayList<>());
    static final List<Long> TIMES = Collections.synchronizedList(new ArrayList<>());

    @SimTest(seeds = {3, 5})
    void parts(Simulation sim, @Host("client") SimHost c, SimHost server, SimLink link, Wire wire)
        throws Exception {
      SEEDS.add(sim.seed());
      Talk.echo(server);
      assertThat(Talk.ask(c, server, 10)).hasSize(10);
      assertThat(link.name()).isEqualTo("client-server");
      TIMES.add(sim.now() / 1_000_000);
      wire.noRetransmissions();
      wire.stateOf("client").was(TcpState.SYN_SENT, TcpState.ESTABLISHED, TcpState.FIN_WAIT_1);
    }

    @SimTest
    @Link(value = "left-middle: delay 5ms", back = "delay 7ms")
    @Link("middle-right")
    @Host(value = "middle", router = true)
    @Host(value = "left", profile = "linux")
    void throughARouter(
        SimHost left, SimHost right, @Link("middle-right") SimLink link, Simulation sim, Wire wire)
        throws Exception {
      Talk.echo(right);
      assertThat(Talk.ask(left, right, 1)).hasSize(1);
      assertThat(link.forward().sentCount()).isPositive();
      assertThat(sim.now()).isEqualTo(24_000_000);
      // Each segment counts once, though two links carry it; the ladder leaves the router out.
      wire.sentBy("middle").isEmpty();
      assertThat(wire.packets()).anyMatch(p -> p.from().equals("middle") && !p.isOriginal());
      assertThat(wire.packets()).hasSizeGreaterThan(wire.segments().count() * 3 / 2);
      assertThat(wire.ladder("left", "right").toString()).doesNotContain("?").contains("[S.]");
    }

    @SimTest
    void twoHoursOfSilence(SimHost client, SimHost server, Simulation sim) throws Exception {
      Talk.echo(server);
      try (Socket s = client.sockets().socket()) {
        s.setKeepAlive(true);
        s.connect(server.socketAddress(7));
        client.runner().sleep(7_300_000_000_000L);
        assertThat(sim.now()).isGreaterThan(7_300_000_000_000L);
      }
    }

    @SimTest(network = Built.class)
    void built(SimHost a, SimHost b, Simulation sim) throws Exception {
      assertThat(Talk.ask(a, b, 3)).hasSize(3);
      assertThat(sim.unfiredFaults()).isEmpty();
    }

    @SimTest(program = false)
    void drivenByTheBody(SimHost client, SimHost server, Simulation sim) {
      Talk.echo(server);
      client.start("asks", () -> Talk.ask(client, server, 5));
      assertThat(sim.runUntil(1_000_000_000L, () -> sim.packetCount() > 3)).isTrue();
    }
  }

  static class Built implements SimNetwork {
    @Override
    public void build(Simulation sim) {
      SimHost a = sim.host("a");
      SimHost b = sim.host("b");
      sim.link(a, b, "delay 1ms").forward().dropDataSegments(1);
      Talk.echo(b);
    }
  }

  @Test
  void oneInvocationForEachSeedInVirtualTime() {
    Given.SEEDS.clear();
    Given.TIMES.clear();
    Outcome o = run(Given.class, "parts");
    assertThat(o.failures()).isEmpty();
    assertThat(o.names()).containsExactly("seed 3", "seed 5");
    assertThat(Given.SEEDS).containsExactly(3L, 5L);
    assertThat(Given.TIMES).containsOnly(80L);
  }

  @Test
  void aSettingRunsOneSeedAlone() {
    Given.SEEDS.clear();
    assertThat(run(Given.class, "parts", "sinew.seed", "99").names()).containsExactly("seed 99");
    assertThat(Given.SEEDS).containsExactly(99L);
    assertThat(run(Given.class, "parts", "sinew.seed", "x").onlyFailure())
        .isEqualTo("sinew.seed=x: not a number");
  }

  @Test
  void networksOfEveryKind() {
    for (String m : List.of("throughARouter", "twoHoursOfSilence", "built", "drivenByTheBody")) {
      assertThat(run(Given.class, m).failures()).as(m).isEmpty();
    }
    assertThat(output).isEmptyDirectory();
  }

  // ---- what a failure says

  @Link("client-server: delay 20ms")
  static class Failing {
    @SimTest(seeds = {1, 7})
    void lostData(SimHost client, SimHost server, SimLink link, Wire wire) throws Exception {
      Talk.echo(server);
      link.forward().dropDataSegments(1);
      assertThat(Talk.ask(client, server, 10)).hasSize(10);
      wire.retransmissions(wire.retransmissionCount());
      wire.noRetransmissions();
    }

    @SimTest
    void unexpectedException(SimHost client, SimHost server) throws Exception {
      Talk.ask(client, server, 1);
    }

    @SimTest
    void comparison() {
      Assertions.assertEquals(1, 2);
    }

    @SimTest
    void unfired(SimHost client, SimHost server, SimLink link) throws Exception {
      Talk.echo(server);
      link.forward().dropDataSegments(50);
      Talk.ask(client, server, 10);
    }

    @SimTest(faultsMustFire = false)
    void unfiredOnPurpose(SimLink link) {
      link.forward().dropDataSegments(50);
    }

    @SimTest
    void waitsForEver(SimHost client, SimHost server) throws Exception {
      server.start(
          "mute",
          () -> {
            try (var l = server.sockets().serverSocketFactory().createServerSocket(7)) {
              Socket s = l.accept();
              s.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
              server.runner().sleep(Long.MAX_VALUE);
            }
          });
      Talk.ask(client, server, 1);
    }

    @SimTest(limitSeconds = 60)
    void takesTooLong(SimHost client) throws Exception {
      client.runner().sleep(61_000_000_000L);
    }

    @SimTest(finish = true)
    void leaks(SimHost client, SimHost server) throws Exception {
      client.sockets().serverSocketFactory().createServerSocket(9);
    }

    @SimTest
    void anotherProgramFails(SimHost server, SimHost client) throws Exception {
      server.start(
          "broken",
          () -> {
            throw new IOException("no more");
          });
      client.runner().sleep(1_000_000_000L);
    }

    @SimTest
    void assumption() {
      Assumptions.assumeTrue(false);
    }
  }

  @Test
  void theMessageTellsHowToRepeatAndWhatHappened() throws IOException {
    Outcome o = run(Failing.class, "lostData");
    assertThat(o.failures()).hasSize(2);
    String message = o.failures().getLast();
    assertThat(message)
        .startsWith("expected no retransmissions, but there w")
        .contains("sent again, ")
        .contains("\n  seed 7, after 0.")
        .contains("\n  replay: mvn test -Dtest='SimTestTest$Failing#lostData' -Dsinew.seed=7")
        .contains("fault: client-server client>server: drop data segment 1 (fired 1 times)")
        .contains("client-server client>server: drop data segment 1")
        .contains("SYN-SENT");
    String ladder = message.substring(message.indexOf("what happened:"));
    assertThat(ladder.lines().count()).isBetween(10L, 21L);
    // The stack trace is that of the assertion in the test.
    assertThat(o.thrown().getLast().getStackTrace())
        .anyMatch(e -> e.getMethodName().equals("lostData"));

    Path file = output.resolve("Failing.lostData-seed7.ladder.txt");
    assertThat(file).content().contains("SYN-SENT").contains("[S.]");
    List<Integer> counts = new ArrayList<>();
    for (String host : List.of("client", "server")) {
      Path capture = output.resolve("Failing.lostData-seed7." + host + ".pcapng");
      assertThat(message).contains(capture.toString());
      try (CaptureReader in = new CaptureReader(Files.newInputStream(capture))) {
        int packets = 0;
        while (in.next() != null) {
          packets++;
        }
        counts.add(packets);
      }
    }
    // The lost segment is in the capture of who sent it alone.
    assertThat(counts.get(0)).isGreaterThan(counts.get(1));
  }

  @Test
  void whatTheBodyThrowsIsTold() {
    Outcome o = run(Failing.class, "unexpectedException");
    assertThat(o.onlyFailure())
        .startsWith("java.net.ConnectException: ")
        .contains("seed 1")
        .contains("[R.]");
    assertThat(o.thrown().getFirst()).hasCauseInstanceOf(ConnectException.class);
    Outcome c = run(Failing.class, "comparison");
    assertThat(c.onlyFailure()).startsWith("expected: <1> but was: <2>");
    assertThat(c.thrown().getFirst())
        .isInstanceOfSatisfying(
            org.opentest4j.AssertionFailedError.class,
            e -> assertThat(e.getActual().getEphemeralValue()).isEqualTo(2));
    assertThat(run(Failing.class, "anotherProgramFails").onlyFailure())
        .startsWith("the program server/broken failed: java.io.IOException: no more");
  }

  @Test
  void aFaultThatNeverFiredIsAFailure() {
    assertThat(run(Failing.class, "unfired").onlyFailure())
        .startsWith(
            "declared faults that have never fired, so that nothing was tested: client-server"
                + " client>server: drop data segment 50");
    assertThat(run(Failing.class, "unfiredOnPurpose").failures()).isEmpty();
  }

  @Test
  void aTestThatCanNotEndIsToldWithItsLine() {
    assertThat(run(Failing.class, "waitsForEver").onlyFailure())
        .startsWith("nothing happens any more, and programs still wait:")
        .contains("client/test at dev.sinew.junit.Talk.ask(Talk.java:");
    assertThat(run(Failing.class, "takesTooLong").onlyFailure())
        .startsWith("the test has not ended within 60 s of virtual time");
  }

  @Test
  void whatIsLeftBehindIsAFailureWhereThatIsAskedFor() {
    assertThat(run(Failing.class, "leaks").onlyFailure()).startsWith("I9: client still has ");
  }

  @Test
  void anAssumptionIsNoFailure() {
    assertThat(run(Failing.class, "assumption").thrown())
        .singleElement()
        .isInstanceOf(org.opentest4j.TestAbortedException.class);
  }

  // ---- what can't be

  @Link("client-server")
  static class Wrong {
    @SimTest
    void noSuchHost(SimHost nobody) {}

    @SimTest
    @Link("client-server: delai 20ms")
    void badWord() {}

    @SimTest
    @Link("client")
    void badLink() {}

    @SimTest
    @Host(value = "a", profile = "minix")
    void badProfile() {}

    @SimTest(network = Nothing.class)
    void noHost() {}
  }

  static class Nothing implements SimNetwork {
    @Override
    public void build(Simulation sim) {}
  }

  @Test
  void mistakesAreNamed() {
    assertThat(run(Wrong.class, "noSuchHost").onlyFailure())
        .contains("there is no host \"nobody\"; there are [client, server]");
    assertThat(run(Wrong.class, "badWord").onlyFailure())
        .contains("@Link(\"client-server: delai 20ms\"): column 2: expected delay, loss");
    assertThat(run(Wrong.class, "badLink").onlyFailure())
        .contains("@Link(\"client\"): expected two hosts");
    assertThat(run(Wrong.class, "badProfile").onlyFailure())
        .contains("there is no profile \"minix\"");
    assertThat(run(Wrong.class, "noHost").onlyFailure()).contains("the network has no host");
  }

  // ---- many seeds

  @Link("client-server: delay 20ms loss 3%")
  static class Swept {
    static final List<Long> SEEDS = Collections.synchronizedList(new ArrayList<>());

    @SimTest(sweep = 40)
    void everySeed(Simulation sim, SimHost client, SimHost server) throws Exception {
      Talk.echo(server);
      assertThat(Talk.ask(client, server, 20_000)).hasSize(20_000);
      SEEDS.add(sim.seed());
    }

    @SimTest(sweep = 40)
    void someSeed(Simulation sim, SimHost client, SimHost server, Wire wire) throws Exception {
      Talk.echo(server);
      Talk.ask(client, server, 20_000);
      SEEDS.add(sim.seed());
      wire.neverSaw(Finding.RETRANSMISSION, Finding.FAST_RETRANSMISSION);
    }
  }

  @Test
  void aSweepRunsEverySeedOnce() {
    Swept.SEEDS.clear();
    Outcome o = run(Swept.class, "everySeed");
    assertThat(o.failures()).isEmpty();
    assertThat(o.names()).containsExactly("seeds 1 to 40");
    assertThat(Swept.SEEDS).hasSize(40).doesNotHaveDuplicates().contains(1L, 40L);
    Swept.SEEDS.clear();
    assertThat(run(Swept.class, "everySeed", "sinew.sweep", "4").names())
        .containsExactly("seeds 1 to 4");
    assertThat(Swept.SEEDS).hasSize(4);
  }

  @Test
  void aSweepTellsOfItsFirstFailingSeed() {
    Outcome o = run(Swept.class, "someSeed");
    String message = o.onlyFailure();
    assertThat(message)
        .startsWith("expected no retransmission, no fast retransmission, but there w");
    String seed = message.replaceAll("(?s).*-Dsinew.seed=(\\d+).*", "$1");
    // That seed alone fails too, all below it do not.
    assertThat(run(Swept.class, "someSeed", "sinew.seed", seed).failures()).hasSize(1);
    for (long s = 1; s < Long.parseLong(seed); s++) {
      assertThat(run(Swept.class, "someSeed", "sinew.seed", "" + s).failures()).isEmpty();
    }
  }

  @Test
  void aSweepSharesNoNetworkWithASetUp() {
    assertThat(run(SweptWithSetUp.class, "everySeed").onlyFailure())
        .contains("only the test method itself can have parts of it");
  }

  static class Shrunk {
    @SimTest(sweep = 40)
    @Link("client-server: delay 20ms loss 20% duplicate 10%")
    void oneLossIsEnough(SimHost client, SimHost server, Wire wire) throws Exception {
      Talk.echo(server);
      Talk.ask(client, server, 20_000);
      wire.neverSaw(Finding.RETRANSMISSION, Finding.FAST_RETRANSMISSION);
    }

    @SimTest(sweep = 2)
    @Link("client-server: delay 20ms")
    @Faults({
      "duplicate client>server data 2; drop client>server data 1",
      "drop server>client data 1"
    })
    void oneOfTheDeclaredFaultsIsEnough(SimHost client, SimHost server, Wire wire)
        throws Exception {
      Talk.echo(server);
      Talk.ask(client, server, 20_000);
      wire.sentBy("server").list().stream()
          .filter(WirePacket::isRetransmission)
          .findAny()
          .ifPresent(p -> Assertions.fail("sent again"));
    }

    @SimTest(sweep = 2)
    @Faults("drop client>server data 1")
    @Link("client-server")
    void noFaultIsNeeded(SimHost client, SimHost server) throws Exception {
      Talk.echo(server);
      Talk.ask(client, server, 20_000);
      Assertions.fail("always");
    }

    @SimTest
    @Faults("drop client>server dota 1")
    @Link("client-server")
    void badFault() {}
  }

  @Test
  void aSweepLooksForTheSmallestCause() {
    String message = run(Shrunk.class, "oneLossIsEnough").onlyFailure();
    String cause =
        message.substring(message.indexOf("  it fails with these"), message.indexOf("\n  replay:"));
    assertThat(cause)
        .matches(
            "  it fails with these faults alone:\n    drop (client>server|server>client) packet \\d+");
    assertThat(run(Shrunk.class, "oneOfTheDeclaredFaultsIsEnough").onlyFailure())
        .contains("  it fails with these faults alone:\n    drop server>client data 1\n  replay:");
    assertThat(run(Shrunk.class, "noFaultIsNeeded").onlyFailure())
        .contains("it fails without any loss, too");
    assertThat(run(Shrunk.class, "badFault").onlyFailure())
        .contains("@Faults: fault \"drop client>server dota 1\"");
  }

  @Link("client-server")
  static class SweptWithSetUp {
    @BeforeEach
    void setUp(SimHost server) {
      Talk.echo(server);
    }

    @SimTest(sweep = 2)
    void everySeed() {}
  }
}
