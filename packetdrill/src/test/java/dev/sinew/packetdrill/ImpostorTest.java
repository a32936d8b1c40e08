package dev.sinew.packetdrill;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.packetdrill.script.Action;
import dev.sinew.packetdrill.script.PacketSpec;
import dev.sinew.packetdrill.script.Script;
import dev.sinew.packetdrill.script.ScriptException;
import dev.sinew.wire.TcpHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Stacks that are none: one says nothing, one resets everything, one sends back what it gets. The
 * calls of a script are answered by a real stack all the while, so that it is the packets alone
 * that give them away, strictly and not.
 */
class ImpostorTest {
  static List<Path> scripts() throws IOException {
    return ScriptsTest.scripts();
  }

  private static List<PacketSpec> packets(Path file, boolean inbound)
      throws IOException, ScriptException {
    String text = Files.readString(file);
    PacketdrillRunner runner = new PacketdrillRunner(ScriptMutantsTest.STRICT);
    Script script = runner.parse(text, runner.freebsd(text));
    List<PacketSpec> list = new ArrayList<>();
    for (Script.Event e : script.events()) {
      if (e.action() instanceof Action.Packet p && p.inbound() == inbound) {
        list.add(p.packet());
      }
    }
    return list;
  }

  private static Verdict verdict(Path file, boolean strict, Impostor impostor) {
    Settings s =
        new Settings(Settings.Dialect.AUTO, "standard", Map.of(), 0, 0, null, strict, true);
    Outcome o = new PacketdrillRunner(s, impostor).run(file);
    assertThat(o.reason()).doesNotContain("the runner failed");
    return o.verdict();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("scripts")
  void whoIsSilentFails(Path file) throws IOException, ScriptException {
    Verdict want = packets(file, false).isEmpty() ? Verdict.PASSED : Verdict.FAILED;
    assertThat(verdict(file, true, p -> null)).isEqualTo(want);
    assertThat(verdict(file, false, p -> null)).isEqualTo(want);
  }

  /** Only what a closed port says too may pass: a script that expects resets and nothing else. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("scripts")
  void whoResetsEverythingFails(Path file) throws IOException, ScriptException {
    boolean resets =
        packets(file, false).stream()
            .allMatch(
                p -> p.body() instanceof PacketSpec.Tcp t && (t.flags() & TcpHeader.RST) != 0);
    if (!resets) {
      assertThat(verdict(file, true, ImpostorTest::reset)).isEqualTo(Verdict.FAILED);
      assertThat(verdict(file, false, ImpostorTest::reset)).isEqualTo(Verdict.FAILED);
    }
  }

  /**
   * No RFC has a packet sent back as it came. A script that expects nothing notices strictly, if it
   * sends something.
   */
  @ParameterizedTest(name = "{0}")
  @MethodSource("scripts")
  void whoSendsBackWhatItGetsFails(Path file) throws IOException, ScriptException {
    boolean expects = !packets(file, false).isEmpty();
    boolean sends = !packets(file, true).isEmpty();
    assertThat(verdict(file, true, ImpostorTest::echo))
        .isEqualTo(expects || sends ? Verdict.FAILED : Verdict.PASSED);
    assertThat(verdict(file, false, ImpostorTest::echo))
        .isEqualTo(expects ? Verdict.FAILED : Verdict.PASSED);
  }

  // ---- the impostors

  /** RFC 9293 section 3.10.7.1: what a closed port answers. */
  private static byte @Nullable [] reset(byte[] packet) {
    LivePacket p = new LivePacket(packet);
    if (p.protocol != LivePacket.TCP || (p.flags & TcpHeader.RST) != 0) {
      return null;
    }
    boolean ack = (p.flags & TcpHeader.ACK) != 0;
    int length =
        p.dataLength()
            + ((p.flags & TcpHeader.SYN) != 0 ? 1 : 0)
            + ((p.flags & TcpHeader.FIN) != 0 ? 1 : 0);
    ByteBuffer b = ByteBuffer.allocate(20);
    b.putShort((short) p.destinationPort).putShort((short) p.sourcePort);
    b.putInt(ack ? p.ack : 0).putInt(ack ? 0 : p.seq + length);
    b.put((byte) 0x50).put((byte) (ack ? TcpHeader.RST : TcpHeader.RST | TcpHeader.ACK));
    return PacketBuilder.ip(
        p.v4,
        p.destination(),
        p.source(),
        LivePacket.TCP,
        new PacketSpec.Ip(PacketSpec.Ecn.ANY, -1, -1, 64, -1),
        b.array(),
        16);
  }

  /** The same with addresses and ports exchanged; no checksum changes by it. */
  private static byte[] echo(byte[] packet) {
    LivePacket p = new LivePacket(packet);
    ByteBuffer b = ByteBuffer.wrap(packet.clone());
    b.put(p.v4 ? 12 : 8, p.destination()).put(p.v4 ? 16 : 24, p.source());
    if (p.protocol == LivePacket.TCP || p.protocol == LivePacket.UDP) {
      b.putShort(p.transport, (short) p.destinationPort);
      b.putShort(p.transport + 2, (short) p.sourcePort);
    }
    return b.array();
  }
}
