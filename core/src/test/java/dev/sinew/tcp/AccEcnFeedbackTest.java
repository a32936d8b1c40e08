package dev.sinew.tcp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sinew.base.Limits;
import dev.sinew.ip.IpAddress;
import dev.sinew.testing.Packets;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Accurate ECN (RFC 9768): what a receiver tells, and what a sender makes of it. */
class AccEcnFeedbackTest {
  private static Peer server() {
    return server("mss 1460");
  }

  /** A responder that has sent nothing yet; ACE is 5 in both directions. */
  private static Peer server(String options) {
    Peer p = new Peer();
    p.listen();
    p.in("SEWA 0:0(0) <" + options + ">");
    p.out("SW. 0:0(0) ack 1");
    p.timestamps = options.contains("TS");
    p.in("W. 1:1(0) ack 1 <" + AccEcnTest.FIRST + ">");
    return AccEcnTest.accepted(p).quiet();
  }

  private static String seg(String field, int from, int length) {
    return "[" + field + "] PEA. " + from + ":" + (from + length) + "(" + length + ") ack 1";
  }

  // ---- the receiver: 3.2.2

  @Test
  void bytesAreCountedByMark() {
    Peer p = server();
    p.in(seg("ect0", 1, 1460)).in(seg("ect0", 1461, 1460));
    p.out("EA. 1:1(0) ack 2921 <ECN e0b 2921,nop,nop,nop>");
    p.in(seg("ce", 2921, 1000));
    p.out("WA. 1:1(0) ack 3921 <ECN e0b 2921 ceb 1000>");
    p.in(seg("ect1", 3921, 1460)).in(seg("ect1", 5381, 1460));
    p.out("WA. 1:1(0) ack 6841 <ECN e0b 2921 ceb 1000 e1b 2921,nop>");
  }

  /** What never came is not spoken of; the order is that of the counter that did. */
  @Test
  void ect1AloneComesInTheOtherOrder() {
    Peer p = server();
    p.in(seg("ect1", 1, 1460)).in(seg("ect1", 1461, 1460));
    p.out("EA. 1:1(0) ack 2921 <ECN e1b 2921,nop,nop,nop>");
    p.in(seg("ce", 2921, 100));
    p.out("WA. 1:1(0) ack 3021 <ECN e1b 2921 ceb 100>");
  }

  @Test
  void whatIsNotCapableLeavesNoOption() {
    Peer p = server();
    p.in(seg("noecn", 1, 1460)).in(seg("noecn", 1461, 1460));
    p.out("EA. 1:1(0) ack 2921 <>");
  }

  /** An ACK to tell of nothing new has none either: the simple scheme of section 3.2.3.3. */
  @Test
  void dataOfOursCarriesTheOptionOnce() {
    Peer p = server();
    p.in(seg("ect0", 1, 100));
    p.write(20);
    p.out("[ect0] PEA. 1:21(20) ack 101 <ECN e0b 101,nop,nop,nop>");
    p.write(20);
    p.out("[ect0] PEA. 21:41(20) ack 101 <>");
  }

  /** Section 3.2.2.5.1: the first mark after none is told at once, then every second one. */
  @Test
  void acksByMarks() {
    Peer p = server();
    p.in(seg("ect0", 1, 100)).quiet();
    p.in(seg("ce", 101, 100));
    p.out("WA. 1:1(0) ack 201");
    p.in(seg("ce", 201, 100)).quiet();
    p.in(seg("ce", 301, 100));
    p.out(". 1:1(0) ack 401 <ECN e0b 101 ceb 300>");
    p.in(seg("ect0", 401, 100)).quiet();
    p.in(seg("ce", 501, 100));
    p.out("E. 1:1(0) ack 601");
  }

  /** Marked ACKs have no bytes; every third is answered, although they are only ACKs. */
  @Test
  void marksOnAcksAreCounted() {
    Peer p = server();
    p.in("[ce] EA. 1:1(0) ack 1").in("[ce] EA. 1:1(0) ack 1").quiet();
    p.in("[ce] EA. 1:1(0) ack 1");
    p.out(". 1:1(0) ack 1 <>");
    p.in(seg("ect0", 1, 100));
    p.outAfter(40, ". 1:1(0) ack 101 <ECN e0b 101,nop,nop,nop>");
  }

  /** Only acceptable packets count. */
  @Test
  void anAttackersMarksDoNotCount() {
    Peer p = server();
    p.in("[ce] PEA. 100001:100101(100) ack 1");
    p.out("EA. 1:1(0) ack 1");
    p.in("[ce] PEA. 1:101(100) ack 99");
    p.out("EA. 1:1(0) ack 1");
    p.in("[ce] PEA. 1:101(100)").in("[ce] REA 50:50(0)");
    p.out("EA. 1:1(0) ack 1");
  }

  /** Section 3.2.3.3: loss is more urgent; what does not fit is left out whole. */
  @Test
  void twoSackBlocksComeBeforeTheOption() {
    Peer p = server("mss 1460,sackOK,TS val 1 ecr 0");
    p.in(seg("ect0", 1, 100)).in(seg("ect1", 101, 100)).in(seg("ce", 201, 100));
    p.run(50).discard();
    p.in(seg("ect0", 401, 100));
    assertThat(p.next().options).endsWith("ECN e0b 201 ceb 100 e1b 101,nop,nop,nop,sack 401:501");
    p.in(seg("ect0", 601, 100));
    assertThat(p.next().options).endsWith(",ECN e0b 301 ceb 100,nop,nop,sack 601:701 401:501");
    p.in(seg("ce", 801, 100));
    assertThat(p.next().options).contains(",ECN e0b 301 ceb 200,nop,nop,sack 801:901 601:701");
    p.in(seg("ect1", 1001, 100));
    assertThat(p.next().options).contains(",ECN e1b 201 ceb 200,nop,nop,sack 1001:1101 801:901");
    p.in(seg("ect1", 1201, 100)).in(seg("ect0", 1401, 100));
    p.discard();
    p.inLater(seg("ect0", 1601, 100)).in(seg("ect1", 1801, 100));
    assertThat(p.next().options).contains("ECN e0b 501 ceb 200,nop,nop,sack 1601:1701");
  }

  // ---- the sender: 3.2.2.2, 3.2.2.5.2

  private static AccEcn counters(Peer p) {
    Ecn e = Objects.requireNonNull(Objects.requireNonNull(p.app().connection).ecn);
    return Objects.requireNonNull(e.counters);
  }

  /** Ten segments of 1460 bytes are in flight. */
  private static Peer sending() {
    return sending("mss 1460");
  }

  private static Peer sending(String options) {
    Peer p = server(options);
    p.write(14_600);
    p.discard();
    return p;
  }

  /** Each mark counts; the window is reduced once for what it held. */
  @Test
  void marksAreCountedAndTheWindowReducedOnce() {
    Peer p = sending();
    p.in("WA. 1:1(0) ack 1461");
    assertThat(AccEcnTest.marks(p)).isEqualTo(1);
    long cwnd = p.info().cwnd();
    assertThat(cwnd).isLessThan(14_600);
    p.in("EWA. 1:1(0) ack 2921").in(". 1:1(0) ack 4381");
    assertThat(AccEcnTest.marks(p)).isEqualTo(3);
    assertThat(p.info().cwnd()).isEqualTo(cwnd);
    // Nothing new: the window grows again at the end of this one.
    p.in(". 1:1(0) ack 14601");
    assertThat(AccEcnTest.marks(p)).isEqualTo(3);
    p.write(2920);
    Seg s = p.next();
    assertThat(s.has(Seg.CWR)).as("ACE is 5, and no CWR in it").isFalse();
    p.in("E. 1:1(0) ack 16061");
    assertThat(p.info().cwnd()).isLessThan(14_600);
    assertThat(AccEcnTest.marks(p)).isEqualTo(4);
  }

  /** Three bits wrap. */
  @Test
  void theFieldWraps() {
    Peer p = sending();
    String[] ace = {"WA", "EWA", "", "E", "W", "EW", "A", "EA", "WA"};
    for (int i = 0; i < ace.length; i++) {
      p.in(ace[i] + ". 1:1(0) ack " + (1 + (i + 1) * 1460));
      assertThat(AccEcnTest.marks(p)).isEqualTo(i + 1);
    }
  }

  /** An ACK that was overtaken must not turn the counter once more. */
  @Test
  void aLateAckIsIgnored() {
    Peer p = sending();
    p.in("EWA. 1:1(0) ack 2921");
    p.in("WA. 1:1(0) ack 1461");
    p.in("WA. 1:1(0) ack 2921");
    assertThat(AccEcnTest.marks(p)).isEqualTo(2);
  }

  /** With timestamps the same ACK number may bring news, if it is younger. */
  @Test
  void timestampsTellTheYounger() {
    Peer p = sending("mss 1460,TS val 1 ecr 0");
    p.timestampBase += 10;
    p.in("WA. 1:1(0) ack 1");
    assertThat(AccEcnTest.marks(p)).isEqualTo(1);
    p.timestampBase -= 5;
    p.in("EA. 1:1(0) ack 1");
    assertThat(AccEcnTest.marks(p)).isEqualTo(1);
  }

  /** Appendix A.2.1: 9 segments and 2 marks are 2 marks, 10 segments and 2 marks are 10. */
  @ParameterizedTest
  @CsvSource({"7, 2", "9, 2", "10, 10", "11, 10"})
  void afterManyLostAcksTheSafestCase(int segments, int marks) {
    Peer p = sending();
    p.in("EA. 1:1(0) ack 14601");
    p.write(29_200);
    p.in("WA. 1:1(0) ack 16061");
    assertThat(AccEcnTest.marks(p)).isEqualTo(1);
    p.in(". 1:1(0) ack " + (16_061 + segments * 1460));
    assertThat(AccEcnTest.marks(p)).isEqualTo(1 + marks);
  }

  /** Where ACKs always cover much, one that does says nothing of lost ones. */
  @Test
  void aPeerThatSendsFewAcksIsNotSuspected() {
    Peer p = sending();
    p.app().setSendBuffer(1 << 20);
    p.write(300_000);
    int acked = 1;
    for (int i = 0; i < 8; i++) {
      acked += 10 * 1460;
      p.in("EA. 1:1(0) ack " + acked).run(1);
    }
    p.in("WA. 1:1(0) ack " + (acked + 10 * 1460)).run(1);
    p.in(". 1:1(0) ack " + (acked + 20 * 1460));
    assertThat(AccEcnTest.marks(p)).isEqualTo(3);
  }

  /** Before the first mark a leap over eight segments is only that. */
  @Test
  void withoutMarksManyLostAcksMeanNothing() {
    Peer p = sending();
    p.in("EA. 1:1(0) ack 14601");
    assertThat(AccEcnTest.marks(p)).isZero();
  }

  /** Appendix A.2.2: with the option there is no need to guess. */
  @Test
  void theOptionSaysWhichCaseItIs() {
    Peer p = sending();
    p.in("WA. 1:1(0) ack 1461 <ECN e0b 1 ceb 1460>");
    p.in(". 1:1(0) ack 14601 <ECN e0b 10221 ceb 4380>");
    assertThat(AccEcnTest.marks(p)).isEqualTo(3);
    assertThat(counters(p).reportedBytes(EcnMode.CE)).isEqualTo(4380);
    assertThat(counters(p).reportedBytes(EcnMode.ECT_0)).isEqualTo(10_220);
    assertThat(counters(p).reportedBytes(EcnMode.ECT_1)).isZero();
  }

  /** Both orders, and lengths of the future. */
  @Test
  void everyFormOfTheOptionIsRead() {
    Peer p = sending();
    p.in("WA. 1:1(0) ack 1461 <ECN e1b 101 ceb 1460 e0b 201,nop>");
    assertThat(counters(p).reportedBytes(EcnMode.ECT_1)).isEqualTo(100);
    assertThat(counters(p).reportedBytes(EcnMode.ECT_0)).isEqualTo(200);
    // 4 bytes: one whole field.
    p.in("WA. 1:1(0) ack 2921 <hex ac060001f5ff,nop,nop>");
    assertThat(counters(p).reportedBytes(EcnMode.ECT_0)).isEqualTo(500);
    // Longer than three fields.
    p.in("WA. 1:1(0) ack 4381 <hex ac0d0002590005b40000659999,nop,nop,nop>");
    assertThat(counters(p).reportedBytes(EcnMode.ECT_0)).isEqualTo(600);
    p.in("WA. 1:1(0) ack 5841 <hex ac02,nop,nop>");
    assertThat(counters(p).reportedBytes(EcnMode.CE)).isEqualTo(1460);
  }

  /** 24 bits wrap, too. */
  @Test
  void byteCountersWrap() {
    Peer p = sending();
    p.in("EA. 1:1(0) ack 1461 <ECN e0b 16777215,nop,nop,nop>");
    p.in("EA. 1:1(0) ack 2921 <ECN e0b 1459,nop,nop,nop>");
    assertThat(counters(p).reportedBytes(EcnMode.ECT_0)).isEqualTo(16_777_214 + 1460);
  }

  /** Section 3.2.2.4. */
  @Test
  void aFieldThatIsClearedEndsIt() {
    Peer p = sending();
    p.in(". 1:1(0) ack 1461");
    assertThat(p.info().cwnd()).isGreaterThanOrEqualTo(14_600);
    p.write(100);
    p.in(". 1:1(0) ack 14601");
    Seg last = null;
    for (Seg s : p.all()) {
      last = s;
    }
    assertThat(last).isNotNull();
    assertThat(last.ecn).isZero();
    assertThat(last.flags & (Seg.ECE | Seg.AE)).isEqualTo(Seg.ECE | Seg.AE);
  }

  /** Section 3.2.3.2.5: marked bytes in no marked packet. */
  @Test
  void countersThatContradictEachOtherEndMarking() {
    Peer p = sending();
    p.in("EA. 1:1(0) ack 1461 <ECN e0b 1 ceb 1460>");
    p.in("EA. 1:1(0) ack 14601");
    p.discard();
    p.write(100);
    p.out("[noecn] PEA. 14601:14701(100) ack 1");
  }

  /** Section 3.2.3.2.4: an option whose first counters are cleared is not read. */
  @ParameterizedTest
  @ValueSource(strings = {"ECN e0b 0 ceb 0 e1b 1,nop", "ECN e0b 1 ceb 0 e1b 0,nop"})
  void clearedOptionsAreIgnored(String option) {
    Peer p = new Peer();
    p.listen();
    p.in("SEWA 0:0(0) <mss 1460>");
    p.next();
    p.in("W. 1:1(0) ack 1 <" + option + ">");
    AccEcnTest.accepted(p).write(1460);
    p.discard();
    p.in("WA. 1:1(0) ack 1461 <ECN e0b 0 ceb 9999>");
    assertThat(counters(p).reportedBytes(EcnMode.CE)).isZero();
    assertThat(AccEcnTest.marks(p)).isEqualTo(1);
  }

  /** All of four rounds comes back as marked (section 3.2.2.3). */
  @Test
  void continuousMarksAreNotBelieved() {
    Peer p = server();
    p.app().setSendBuffer(1 << 20);
    p.write(300_000);
    int acked = 1;
    int rcep = 5;
    int rounds = 0;
    boolean capable = true;
    while (capable && rounds < 20) {
      rounds++;
      p.run(500);
      for (Seg s : p.all()) {
        if (s.seq + s.length > acked) {
          capable = s.ecn == 2;
          acked = s.seq + s.length;
          rcep++;
          String ace =
              ((rcep & 1) != 0 ? "E" : "")
                  + ((rcep & 2) != 0 ? "W" : "")
                  + ((rcep & 4) != 0 ? "A" : "");
          p.in(ace + ". 1:1(0) ack " + acked);
        }
      }
    }
    assertThat(rounds).isBetween(5, 8);
  }

  // ---- both ends

  @ParameterizedTest
  @CsvSource({"100, 0, 1", "500, 0, 2", "100, 10, 3", "300, 20, 4"})
  void bothEndsAgree(int mark, int loss, long seed) {
    FaultyPair w = new FaultyPair(seed, AccEcnTest.ASKING, Limits.DEFAULT, 64 << 20, 1500);
    TcpListener l = w.b.listen(IpAddress.ANY_V4, 80, 0, true, false);
    TcpEndpoint a = w.a.tcp();
    assertThat(a.connect(Packets.address("10.0.0.2"), 80)).isNegative();
    byte[] data = new byte[400_000];
    int written = 0;
    int read = 0;
    byte[] sink = new byte[100_000];
    TcpEndpoint b = null;
    w.mark = mark;
    w.loss = loss;
    for (int i = 0; i < 200_000 && read < data.length; i++) {
      w.pump();
      if (b == null) {
        b = Objects.requireNonNull(l).accept();
      }
      if (written < data.length) {
        written += Math.max(0, a.write(data, written, data.length - written));
      }
      if (b != null) {
        read += Math.max(0, b.read(sink, 0, sink.length));
      }
      w.step(w.now + 1_000_000_000L);
    }
    assertThat(read).isEqualTo(data.length);
    w.heal();
    for (int i = 0; i < 200; i++) {
      w.pump();
      w.step(w.now + 1_000_000_000L);
    }
    AccEcn sender = ofEndpoint(a);
    AccEcn receiver = ofEndpoint(Objects.requireNonNull(b));
    assertThat(receiver.receivedMarks()).isPositive();
    if (loss == 0) {
      assertThat(sender.reportedMarks()).isEqualTo(receiver.receivedMarks());
    } else {
      assertThat(sender.reportedMarks() & 7).isEqualTo(receiver.receivedMarks() & 7);
    }
    assertThat(sender.reportedBytes(EcnMode.CE)).isEqualTo(receiver.receivedBytes(EcnMode.CE));
    assertThat(sender.reportedBytes(EcnMode.ECT_0))
        .isEqualTo(receiver.receivedBytes(EcnMode.ECT_0));
  }

  private static AccEcn ofEndpoint(TcpEndpoint e) {
    Ecn ecn = Objects.requireNonNull(Objects.requireNonNull(e.connection).ecn);
    return Objects.requireNonNull(ecn.counters);
  }
}
