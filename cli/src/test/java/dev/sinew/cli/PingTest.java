package dev.sinew.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PingTest {
  private static final long MS = 1_000_000;

  private static byte[] answer(byte[] request, boolean v4) {
    byte[] answer = request.clone();
    answer[0] = (byte) (v4 ? 0 : 129);
    return answer;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anAnswerNamesItsRequest(boolean v4) {
    PingMessages messages = new PingMessages(v4, 0xabcd, 56);
    byte[] request = messages.request(0xfffe);
    assertThat(request).hasSize(64).startsWith(v4 ? 8 : 128, 0, 0, 0, 0xab, 0xcd, 0xff, 0xfe);
    assertThat(messages.read(answer(request, v4)))
        .isEqualTo(new PingMessages.Answer(0xfffe, 64, null, false));
  }

  @Test
  void requestsOfOthersAndTheirAnswersAreNotOurs() {
    PingMessages messages = new PingMessages(true, 1, 8);
    assertThat(messages.read(messages.request(1))).as("a request is no answer").isNull();
    assertThat(messages.read(answer(new PingMessages(true, 2, 8).request(1), true)))
        .as("another ping's")
        .isNull();
    assertThat(messages.read(answer(messages.request(1), false))).as("ICMPv6 in ICMP").isNull();
    for (int length = 0; length < 8; length++) {
      assertThat(messages.read(new byte[length])).isNull();
    }
  }

  @Test
  void dataThatCameBackChangedIsNoticed() {
    PingMessages messages = new PingMessages(true, 1, 8);
    byte[] answer = answer(messages.request(1), true);
    answer[15] ^= 1;
    assertThat(messages.read(answer)).isEqualTo(new PingMessages.Answer(1, 16, null, true));
    assertThat(messages.read(Arrays.copyOf(answer(messages.request(1), true), 15)))
        .isEqualTo(new PingMessages.Answer(1, 15, null, true));
  }

  /** An ICMP error that quotes a packet with the request. */
  private static byte[] error(int type, int code, byte[] ipHeader, byte[] request) {
    byte[] message = new byte[8 + ipHeader.length + 8];
    message[0] = (byte) type;
    message[1] = (byte) code;
    System.arraycopy(ipHeader, 0, message, 8, ipHeader.length);
    System.arraycopy(request, 0, message, 8 + ipHeader.length, 8);
    return message;
  }

  private static byte[] ipv4Header(int length) {
    byte[] header = new byte[length];
    header[0] = (byte) (0x40 | length / 4);
    header[9] = 1;
    return header;
  }

  @Test
  void anErrorNamesTheRequestThatItQuotes() {
    PingMessages messages = new PingMessages(true, 7, 56);
    byte[] request = messages.request(3);
    assertThat(messages.read(error(3, 1, ipv4Header(20), request)))
        .isEqualTo(new PingMessages.Answer(3, 36, "Destination Host Unreachable", false));
    assertThat(messages.read(error(11, 0, ipv4Header(60), request)))
        .as("with IP options")
        .isEqualTo(new PingMessages.Answer(3, 76, "Time to live exceeded", false));
    byte[] udp = ipv4Header(20);
    udp[9] = 17;
    assertThat(messages.read(error(3, 3, udp, request))).as("about a datagram").isNull();
    assertThat(messages.read(error(3, 1, ipv4Header(20), new PingMessages(true, 8, 56).request(3))))
        .as("another ping's")
        .isNull();
    byte[] whole = error(3, 1, ipv4Header(60), request);
    for (int length = 0; length < whole.length; length++) {
      assertThat(messages.read(Arrays.copyOf(whole, length))).as("cut to " + length).isNull();
    }
  }

  @Test
  void anIcmpv6ErrorMayQuoteAFragment() {
    PingMessages messages = new PingMessages(false, 7, 4000);
    byte[] header = new byte[48];
    header[0] = 0x60;
    header[6] = 44;
    header[40] = 58;
    assertThat(messages.read(error(1, 3, header, messages.request(9))))
        .isEqualTo(
            new PingMessages.Answer(9, 64, "Destination unreachable: Address unreachable", false));
  }

  @Test
  void statisticsCountWhatCameInTimeAndTwice() {
    PingStatistics s = new PingStatistics();
    s.sent(1, 0);
    s.sent(2, 1000 * MS);
    s.sent(3, 2000 * MS);
    assertThat(s.outstanding()).isEqualTo(3);
    assertThat(s.received(1, 10 * MS)).isEqualTo(10 * MS);
    assertThat(s.received(1, 11 * MS)).isEqualTo(PingStatistics.DUPLICATE);
    assertThat(s.received(9, 11 * MS)).isEqualTo(PingStatistics.UNKNOWN);
    assertThat(s.failed(2)).isTrue();
    assertThat(s.failed(2)).as("told once").isFalse();
    assertThat(s.received(2, 1500 * MS)).isEqualTo(PingStatistics.UNKNOWN);
    assertThat(s.received(3, 2030 * MS)).isEqualTo(30 * MS);
    assertThat(s.outstanding()).isZero();
    assertThat(s.sent()).isEqualTo(3);
    assertThat(s.received()).isEqualTo(2);
    assertThat(s.duplicates()).isEqualTo(1);
    assertThat(s.errors()).isEqualTo(1);
    assertThat(s.lossPercent()).isEqualTo("33.3333");
    assertThat(s.rttText()).isEqualTo("10.000/20.000/30.000/10.000");
    assertThat(s.spanNanos()).isEqualTo(2030 * MS);
  }

  @Test
  void nothingSentIsNothingLost() {
    assertThat(new PingStatistics().lossPercent()).isEqualTo("0");
  }

  @ParameterizedTest
  @CsvSource({"42000,0.042", "999499,0.999", "1270000,1.27", "23900000,23.9", "153000000,153"})
  void timesHaveThreeDigits(long nanos, String text) {
    assertThat(PingStatistics.millis(nanos)).isEqualTo(text);
  }
}
