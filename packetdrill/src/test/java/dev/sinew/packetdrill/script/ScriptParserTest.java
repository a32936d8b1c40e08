package dev.sinew.packetdrill.script;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sinew.packetdrill.script.PacketSpec.Ecn;
import dev.sinew.wire.TcpHeader;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every construct of both dialects, and what is said about a script that is not in the language.
 */
class ScriptParserTest {
  private static Script parse(String text) throws ScriptException {
    return ScriptParser.parse(text, Map.of("RTT", "100"), Set.of("FreeBSD"));
  }

  private static Script.Event one(String text) throws ScriptException {
    return parse(text).events().getFirst();
  }

  private static Action.Packet packet(String text) throws ScriptException {
    return (Action.Packet) one("0 " + text).action();
  }

  private static PacketSpec.Tcp tcp(String text) throws ScriptException {
    return (PacketSpec.Tcp) packet("< " + text).packet().body();
  }

  private static Action.Call call(String text) throws ScriptException {
    return (Action.Call) one("0 " + text).action();
  }

  private static List<TcpOption> options(String text) throws ScriptException {
    return requireNonNull(tcp(". 1:1(0) ack 1 <" + text + ">").options());
  }

  // ---- the frame

  @Test
  void optionsInitEventsCleanup() throws ScriptException {
    Script s = parse("--tolerance_usecs=5\n--verbose\n`a\nb`\n0 `c`\n+0 < . 1:1(0) ack 1\n`d`");
    assertThat(s.options())
        .extracting(Script.Option::name)
        .containsExactly("tolerance_usecs", "verbose");
    assertThat(s.options()).extracting(Script.Option::value).containsExactly("5", "");
    assertThat(requireNonNull(s.init()).text()).isEqualTo("a\nb");
    assertThat(s.events()).hasSize(2);
    assertThat(s.events().getFirst().action()).isEqualTo(new Action.Shell("c"));
    assertThat(requireNonNull(s.cleanup()).text()).isEqualTo("d");
  }

  @Test
  void commentsAndSpaceDoNotCount() throws ScriptException {
    assertThat(parse("// a\n/* b\n c */ 0 /* d */ close(3) = 0 // e\n").events()).hasSize(1);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "1.5, false, false, 1500, 1500",
    "+.002, true, false, 2, 2",
    "+ 0.5, true, false, 500, 500",
    "1~2.25, false, false, 1000, 2250",
    "+0~+.045, true, false, 0, 45",
    "*, true, true, 0, 0",
  })
  void times(String time, boolean relative, boolean any, long startMs, long endMs)
      throws ScriptException {
    assertThat(one(time + " close(3) = 0").when())
        .isEqualTo(new When(relative, any, startMs * 1_000_000, endMs * 1_000_000));
  }

  @Test
  void aCallMayBlock() throws ScriptException {
    Script.Event e = one("+ .002 ... 0.004 read(4, ..., 10) = 5");
    assertThat(e.when().startNanos()).isEqualTo(2_000_000);
    assertThat(((Action.Call) e.action()).blocksUntil()).isEqualTo(4_000_000);
  }

  @Test
  void codeIsKeptAsItStands() throws ScriptException {
    assertThat(one("0 %{ assert a == 1 }%").action()).isEqualTo(new Action.Code(" assert a == 1 "));
  }

  @Test
  void conditionsAndDefinitions() throws ScriptException {
    String text =
        "#ifdef FreeBSD\n0 close(1) = 0\n#else\n0 close(2) = 0\n#endif\n+0 close($RTT) = ${RTT}";
    Script s = parse(text);
    assertThat(s.events()).hasSize(2);
    assertThat(s.events().get(1).place()).isEqualTo(new Place(6, 1));
    assertThat(((Expression.Int) ((Action.Call) s.events().get(1).action()).result()).value())
        .isEqualTo(100);
    assertThat(parse("#ifndef FreeBSD\n0 close(1) = 0\n#endif\n0 close(2) = 0").events())
        .hasSize(1);
  }

  // ---- packets

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "S, 2",
    "SE., 82",
    "F., 17",
    "R, 4",
    "P., 24",
    "SEW, 194",
    "SEWA, 450",
    "U., 48",
    "-, 0",
    ".5, 336",
  })
  void flags(String letters, int bits) throws ScriptException {
    boolean ack = (bits & TcpHeader.ACK) != 0;
    assertThat(tcp(letters + " 1:1(0)" + (ack ? " ack 1" : "")).flags()).isEqualTo(bits);
  }

  @Test
  void segments() throws ScriptException {
    PacketSpec.Tcp t = tcp("P. 10:30(20) ack 7 win 100 urg 3 <...>");
    assertThat(t)
        .isEqualTo(
            new PacketSpec.Tcp(
                TcpHeader.PSH | TcpHeader.ACK, -1, false, false, 10, 20, 7L, 100, 3, null, true));
    assertThat(tcp("R 5:5(0)!").absoluteSeq()).isTrue();
    assertThat(tcp(". ...(8) ack 1").anySeq()).isTrue();
    assertThat(tcp(". 4294967295:1(2) ack 1").length()).isEqualTo(2);
    assertThat(packet("> . 1:1(0) ack 1").inbound()).isFalse();
    assertThat(packet("< 80>8081 . 1:1(0) ack 1").packet().destinationPort()).isEqualTo(8081);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "[ect0] | ECT0 | -1 | -1 | -1 | -1",
        "[ect01] | ECT01 | -1 | -1 | -1 | -1",
        "(ect1, ttl 3) | ECT1 | -1 | -1 | 3 | -1",
        "[ce] | CE | -1 | -1 | -1 | -1",
        "[noecn,tos 0x10] | NOT_ECT | 16 | -1 | -1 | -1",
        "[class 0xff,hlim 9,flowlabel 0x12345] | ANY | 255 | -1 | 9 | 74565",
        "[dscp AF41] | ANY | -1 | 34 | -1 | -1",
        "[dscp 0x3f, ecn ect1, hlim 2] | ECT1 | -1 | 63 | 2 | -1",
        "[dscp EF] | ANY | -1 | 46 | -1 | -1",
        "[dscp CS6] | ANY | -1 | 48 | -1 | -1",
        "[dscp LE] | ANY | -1 | 1 | -1 | -1",
        "[dscp VOICE_ADMIT] | ANY | -1 | 44 | -1 | -1",
      })
  void ipFields(String text, Ecn ecn, int tos, int dscp, int ttl, int label)
      throws ScriptException {
    assertThat(packet("< " + text + " . 1:1(0) ack 1").packet().ip())
        .isEqualTo(new PacketSpec.Ip(ecn, tos, dscp, ttl, label));
  }

  @Test
  void tcpOptions() throws ScriptException {
    assertThat(options("mss 1460,nop,wscale 6,sackOK,TS val 1 ecr 2,eol"))
        .containsExactly(
            new TcpOption.Mss(1460),
            new TcpOption.Nop(),
            new TcpOption.WindowScale(6),
            new TcpOption.SackPermitted(),
            new TcpOption.Timestamps(1, 2, false),
            new TcpOption.Eol());
    assertThat(options("sack 1:2 3:4"))
        .containsExactly(new TcpOption.Sack(List.of(1L, 2L, 3L, 4L)));
    assertThat(options("TS val 1 ecr 2!")).containsExactly(new TcpOption.Timestamps(1, 2, true));
    assertThat(options("FO abcd")).containsExactly(new TcpOption.FastOpen("abcd", false));
    assertThat(options("FO")).containsExactly(new TcpOption.FastOpen("", false));
    assertThat(options("FOEXP 01")).containsExactly(new TcpOption.FastOpen("01", true));
    assertThat(options("md5 00ff")).containsExactly(new TcpOption.Md5("00ff"));
    assertThat(options("md5 valid")).containsExactly(new TcpOption.Md5("valid"));
    assertThat(options("ECN e1b 1 ceb 0 e0b 2"))
        .containsExactly(new TcpOption.AccEcn(List.of("e1b", "ceb", "e0b"), List.of(1L, 0L, 2L)));
    assertThat(options("020405b4")).containsExactly(new TcpOption.Raw("020405b4"));
    assertThat(options("wscale *")).containsExactly(new TcpOption.WindowScale(-1));
    assertThat(options("gen-77 0a0b")).containsExactly(new TcpOption.Generic(77, "0a0b"));
    assertThat(options("exp-f989 01")).containsExactly(new TcpOption.Generic(254, "f98901"));
    assertThat(options("")).isEmpty();
    assertThat(tcp(". 1:1(0) ack 1").options()).isNull();
  }

  @Test
  void datagramsAndIcmp() throws ScriptException {
    assertThat(packet("< udp (100)").packet().body()).isEqualTo(new PacketSpec.Udp(100));
    assertThat(packet("< icmp unreachable frag_needed mtu 1200 [1:1001(1000)]").packet().body())
        .isEqualTo(new PacketSpec.Icmp("unreachable", "frag_needed", 1200, -1, 1L, 1000, -1));
    assertThat(packet("< icmp echo_request id 7").packet().body())
        .isEqualTo(new PacketSpec.Icmp("echo_request", "", -1, 7, null, 0, -1));
    assertThat(packet("< icmp unreachable port_unreachable [udp (8)]").packet().body())
        .isEqualTo(new PacketSpec.Icmp("unreachable", "port_unreachable", -1, -1, null, 0, 8));
  }

  // ---- calls

  @Test
  void callsAndTheirArguments() throws ScriptException {
    Action.Call c =
        call(
            "f(..., 0x10, -2, \"a\\n\", [1, 2], A|B, {x=1, y=...}, htons(80)) = -1 EAGAIN (later)");
    assertThat(c.arguments()).hasSize(8);
    assertThat(((Expression.Int) c.arguments().get(1)).value()).isEqualTo(16);
    assertThat(((Expression.Int) c.arguments().get(2)).value()).isEqualTo(-2);
    assertThat(((Expression.Text) c.arguments().get(3)).value()).isEqualTo("a\n");
    assertThat(((Expression.Array) c.arguments().get(4)).items()).hasSize(2);
    assertThat(c.arguments().get(5)).isInstanceOf(Expression.Or.class);
    assertThat(((Expression.Struct) c.arguments().get(6)).fields().getFirst().name())
        .isEqualTo("x");
    assertThat(((Expression.Function) c.arguments().get(7)).name()).isEqualTo("htons");
    assertThat(c.error()).isEqualTo("EAGAIN");
    assertThat(c.note()).isEqualTo("later");
    assertThat(call("f() = 0x2 (flags O_RDWR)").note()).isEqualTo("flags O_RDWR");
  }

  /** The dialects' own forms of what is written twice or left out. */
  @Test
  void textMayGoOn() throws ScriptException {
    Action.Call c = call("write(4, \"ab\"..., 10) = 10");
    assertThat(((Expression.Text) c.arguments().get(1)).value()).isEqualTo("ab");
    assertThat(call("f(NULL, INADDR_ANY, inet_addr(\"1.2.3.4\"), []) = ...").result())
        .isInstanceOf(Expression.Ellipsis.class);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "< ipv4 1.2.3.4>5.6.7.8: . 1:1(0) ack 1 | packets within packets",
        "< ipv6 ::1>::2: . 1:1(0) ack 1 | packets within packets",
        "< gre: . 1:1(0) ack 1 | packets within packets",
        "> mpls (label 1, tc 0, ttl 3): . 1:1(0) ack 1 | packets within packets",
        "> udplite (8, 8) | protocols other than TCP, UDP and ICMP",
        "< sctp: INIT[flgs=0] | protocols other than TCP, UDP and ICMP",
        "< . 1:1(0) ack 1 win 5/udp(9899>9899) | TCP in UDP",
      })
  void knownAndNotForASimulatedHost(String text, String why) {
    ScriptException e = catchThrowableOfType(ScriptException.class, () -> parse("0 " + text));
    assertThat(ScriptParser.unsupported(e)).isEqualTo(why);
  }

  // ---- what is wrong

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | 1:1 | expected an event",
        "'close(3) = 0' | 1:1 | expected the time of an event",
        "'0 ! 1:1(0)' | 1:3 | expected a packet (< or >), a call",
        "'0 < X 1:1(0)' | 1:5 | expected TCP flags",
        "'0 < . 1;1(0)' | 1:8 | expected \":\"",
        "'0 < . 1:3(1) ack 1' | 1:5 | the length is not the difference",
        "'0 < S 1:1(0) win 65536' | 1:18 | a window must be 0 to 65535, not 65536",
        "'0 < S 1:1(0) <mss>' | 1:18 | expected an MSS",
        "'0 < S 1:1(0) <magic 1>' | 1:15 | expected a TCP option",
        "'0 < S 1:1(0) <nop' | 1:18 | expected \">\"",
        "'0 < S 1:1(0) <ECN e0b 1 e0b 2>' | 1:25 | each once",
        "'0 < S 1:1(0) <sack>' | 1:19 | one to four blocks",
        "'0 < [ect9] S 1:1(0)' | 1:6 | expected ect0",
        "'0 close(3 = 0' | 1:11 | expected",
        "'0 close(3)' | 1:11 | expected \"=\", found the end of the script",
        "'0 f(\"a) = 0' | 1:12 | expected a closing \"",
        "'0 f(\"a\\' | 1:8 | expected a character behind \\",
        "'0~+1 close(3) = 0' | 1:5 | both ends of a range",
        "'2~1 close(3) = 0' | 1:4 | ends before it begins",
        "'+1...0.5 read(3) = 0' | 1:9 | can't return before it begins",
        "'0...1 < . 1:1(0) ack 1' | 1:7 | nothing else blocks",
        "'0 `true' | 1:4 | a command that is never closed",
        "'0 %{ a' | 1:5 | a code block that is never closed",
        "'/* a' | 1:1 | a comment that is never closed",
        "'#ifdef' | 1:1 | expected a name behind #ifdef",
        "'#ifdef A' | 1:1 | never closed: expected #endif",
        "'#endif' | 1:1 | #endif without #ifdef",
        "'#define A' | 1:1 | expected #ifdef",
        "'0 < icmp unreachable [1:5(3)]' | 1:29 | the length of the quoted segment",
      })
  void malformed(String text, String place, String expected) {
    ScriptException e = catchThrowableOfType(ScriptException.class, () -> parse(text));
    assertThat(e).as(text).isNotNull();
    assertThat(e.getMessage()).contains(expected);
    assertThat(e.place()).hasToString(place);
  }

  @Test
  void thePlaceIsInTheOriginalText() {
    assertThatThrownBy(() -> parse("// one\n#ifdef Linux\n0 nonsense\n#endif\n0 <  oops"))
        .isInstanceOfSatisfying(
            ScriptException.class, e -> assertThat(e.place()).isEqualTo(new Place(5, 6)));
  }

  @Test
  void nestingHasAnEnd() {
    assertThatThrownBy(() -> parse("0 f(" + "[".repeat(1000) + ") = 0"))
        .isInstanceOf(ScriptException.class)
        .hasMessageContaining("too deep");
  }
}
