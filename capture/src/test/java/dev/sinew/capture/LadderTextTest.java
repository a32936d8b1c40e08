package dev.sinew.capture;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.wire.Bytes;
import dev.sinew.wire.TcpHeader;
import dev.sinew.wire.TcpOptionWriter;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class LadderTextTest {
  private final LadderText text = new LadderText();

  private String describe(MemorySegment m) {
    return text.describe(m, 0, (int) m.byteSize(), (int) m.byteSize());
  }

  @Test
  void numbersCountFromTheSynOfEachSide() {
    assertThat(describe(Packets.tcp(true, 9, 80, TcpHeader.SYN, 7000, 0, 0)))
        .isEqualTo("[S] seq 0 win 1000");
    assertThat(describe(Packets.tcp(true, 9, 80, TcpHeader.SYN, 7000, 0, 0)))
        .as("again")
        .isEqualTo("[S] seq 0 win 1000");
    assertThat(describe(Packets.tcp(false, 80, 9, TcpHeader.SYN | TcpHeader.ACK, -3, 7001, 0)))
        .isEqualTo("[S.] seq 0 ack 1 win 1000");
    assertThat(describe(Packets.tcp(true, 9, 80, TcpHeader.ACK, 7001, -2, 0)))
        .isEqualTo("[.] ack 1 win 1000");
    assertThat(describe(Packets.tcp(true, 9, 80, TcpHeader.ACK | TcpHeader.PSH, 7001, -2, 5)))
        .isEqualTo("[P.] seq 1:6 ack 1 len 5 win 1000");
    assertThat(describe(Packets.tcp(false, 80, 9, TcpHeader.ACK | TcpHeader.FIN, -2, 7006, 0)))
        .isEqualTo("[F.] seq 1 ack 6 win 1000");
    assertThat(describe(Packets.tcp(true, 9, 80, TcpHeader.RST, 7006, 0, 0)))
        .isEqualTo("[R] seq 6 win 1000");
  }

  @Test
  void aSimultaneousOpenKeepsBothBeginnings() {
    assertThat(describe(Packets.tcp(true, 9, 80, TcpHeader.SYN, 100, 0, 0)))
        .isEqualTo("[S] seq 0 win 1000");
    assertThat(describe(Packets.tcp(false, 80, 9, TcpHeader.SYN, 500, 0, 0)))
        .isEqualTo("[S] seq 0 win 1000");
    assertThat(describe(Packets.tcp(true, 9, 80, TcpHeader.SYN | TcpHeader.ACK, 100, 501, 0)))
        .isEqualTo("[S.] seq 0 ack 1 win 1000");
    assertThat(describe(Packets.tcp(false, 80, 9, TcpHeader.ACK, 501, 101, 0)))
        .isEqualTo("[.] ack 1 win 1000");
  }

  @Test
  void dataOnASynIsCountedAndAnswered() {
    assertThat(describe(Packets.tcp(true, 9, 80, TcpHeader.SYN, 100, 0, 40)))
        .startsWith("[S] seq 0:40 len 40");
    assertThat(describe(Packets.tcp(false, 80, 9, TcpHeader.SYN | TcpHeader.ACK, 500, 141, 0)))
        .isEqualTo("[S.] seq 0 ack 41 win 1000");
    assertThat(describe(Packets.tcp(true, 9, 80, TcpHeader.ACK, 141, 501, 5)))
        .isEqualTo("[.] seq 41:46 ack 1 len 5 win 1000");
  }

  @Test
  void optionsThatMatter() {
    MemorySegment m = Arena.ofAuto().allocate(20 + 20 + 40);
    MemorySegment.copy(Packets.tcp(true, 9, 80, TcpHeader.SYN, 1, 0, 40), 0, m, 0, 80);
    Bytes.put16(m, 32, 15 << 12 | TcpHeader.SYN);
    for (int i = 40; i < 80; i++) {
      Bytes.put8(m, i, 1);
    }
    long at = 40;
    at += TcpOptionWriter.mss(m, at, 1460);
    at += TcpOptionWriter.sackPermitted(m, at);
    at += TcpOptionWriter.timestamps(m, at, 5, 6);
    at += TcpOptionWriter.windowScale(m, at, 7);
    assertThat(describe(m)).isEqualTo("[S] seq 0 win 1000 <mss 1460,sackOK,ws 7>");
    TcpOptionWriter.sack(m, 40, new int[] {11, 21, 31, 41}, 2);
    assertThat(describe(m)).contains("<sack 11:21 31:41");
  }

  @Test
  void otherProtocolsAndDamage() {
    assertThat(describe(Packets.udp(true, 9, 53, 4))).isEqualTo("UDP, length 4");
    assertThat(describe(Packets.udp(false, 9, 53, 4))).endsWith("UDP, length 4");
    assertThat(describe(Arena.ofAuto().allocate(3))).isEqualTo("IP0, length 3");
    assertThat(text.describe(Packets.tcp(true, 1, 2, 0, 0, 0, 0), 0, 30, 40)).isEqualTo("[|tcp]");
  }

  @Test
  void aStackShowsTheHeadersOfWhatItSends() {
    MemorySegment m = Packets.tcp(true, 9, 80, TcpHeader.ACK, 100, 1, 700);
    assertThat(text.describe(m, 0, 40, 740)).isEqualTo("[.] seq 0:700 ack 1 len 700 win 1000");
  }
}
