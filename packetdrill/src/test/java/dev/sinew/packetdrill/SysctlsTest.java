package dev.sinew.packetdrill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sinew.base.EcnCapable;
import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.packetdrill.Sysctls.UnknownException;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Kernel variables: each that has a meaning here sets what stands for it, both ways. */
class SysctlsTest {
  private static final long MS = 1_000_000L;

  private static Arguments profile(
      String key, String value, Function<Profile, Object> of, Object expected) {
    Function<Sysctls, Object> f = s -> of.apply(s.profile());
    return Arguments.of(key, value, f, expected);
  }

  private static Arguments limits(
      String key, String value, Function<Limits, Object> of, Object expected) {
    Function<Sysctls, Object> f = s -> of.apply(s.limits());
    return Arguments.of(key, value, f, expected);
  }

  static Stream<Arguments> variables() {
    return Stream.of(
        profile("net.ipv4.tcp_syncookies", "0", Profile::synCookies, false),
        profile("net.ipv4.tcp_syncookies", "1", Profile::synCookies, true),
        limits("net.ipv4.tcp_syncookies", "1", Limits::synBacklog, 1024),
        limits("net.ipv4.tcp_syncookies", "2", Limits::synBacklog, 0),
        limits("net.ipv4.tcp_max_syn_backlog", "7", Limits::synBacklog, 7),
        limits("net.ipv4.tcp_max_tw_buckets", "9", Limits::timeWaitRecords, 9),
        profile("net.ipv4.tcp_frto", "0", Profile::forwardRto, false),
        profile("net.ipv4.tcp_frto", "0", Profile::undo, true),
        profile("net.ipv4.tcp_frto", "2", Profile::forwardRto, true),
        profile("net.ipv4.tcp_slow_start_after_idle", "0", Profile::restartAfterIdle, false),
        profile("net.ipv4.tcp_slow_start_after_idle", "1", Profile::restartAfterIdle, true),
        profile("net.ipv4.tcp_moderate_rcvbuf", "0", Profile::autoTuneReceive, false),
        profile("net.ipv4.tcp_orphan_retries", "3", Profile::orphanRetries, 3),
        profile("net.ipv4.tcp_orphan_retries", "0", Profile::orphanRetries, 8),
        profile(
            "net.ipv4.tcp_invalid_ratelimit", "50", Profile::challengeAckIntervalNanos, 50 * MS),
        profile("net.ipv4.tcp_invalid_ratelimit", "0", Profile::challengeAckIntervalNanos, 1L),
        profile("net.ipv4.tcp_ecn_fallback", "0", Profile::ecnSynRetries, Integer.MAX_VALUE),
        profile(
            "net.ipv4.tcp_ecn_fallback",
            "1",
            Profile::ecnSynRetries,
            Profile.LINUX.ecnSynRetries()),
        profile("net.ipv4.tcp_ecn_option", "0", Profile::accEcnOptions, false),
        profile("net.ipv4.tcp_ecn_option", "2", Profile::accEcnOptions, true),
        profile("net.ipv4.tcp_rto_min_us", "5000", Profile::minRtoNanos, 5 * MS),
        profile("net.ipv4.tcp_default_init_cwnd", "4", Profile::initialWindowSegments, 4),
        Arguments.of(
            "net.ipv4.tcp_notsent_lowat",
            "1000",
            (Function<Sysctls, Object>) Sysctls::notSentLowat,
            1000),
        profile("net.inet.tcp.msl", "500", Profile::timeWaitNanos, 1000 * MS),
        profile("net.inet.tcp.do_prr", "0", Profile::prr, false),
        profile("net.inet.tcp.minmss", "300", Profile::minSendMss, 300),
        profile("net.inet.tcp.sendbuf_auto", "0", Profile::autoTuneSend, false),
        profile("net.inet.tcp.recvbuf_auto", "0", Profile::autoTuneReceive, false),
        profile("net.inet.ip.ttl", "9", Profile::defaultTtl, 9),
        profile("net.inet6.ip6.hlim", "9", Profile::defaultTtl, 9),
        profile("net.inet.tcp.syncookies", "0", Profile::synCookies, false),
        limits("net.inet.tcp.syncookies_only", "1", Limits::synBacklog, 0),
        profile("net.inet.tcp.fastopen.server_enable", "1", Profile::fastOpenServer, true),
        profile("net.inet.tcp.fastopen.client_enable", "0", Profile::fastOpenClient, false),
        profile(
            "net.inet.tcp.tolerate_missing_ts", "0", Profile::dropSegmentsWithoutTimestamp, true),
        profile("net.inet.tcp.ecn.maxretries", "3", Profile::ecnSynRetries, 3),
        profile("net.inet.tcp.ecn.plusplus", "0", Profile::ecnCapable, EcnCapable.NEW_DATA),
        profile("net.inet.tcp.ecn.plusplus", "1", Profile::ecnCapable, EcnCapable.SYN_ACKS),
        profile("net.inet.tcp.ecn.plusplus", "2", Profile::ecnCapable, EcnCapable.ALL),
        profile(
            "net.ipv4.tcp_shrink_window",
            "1",
            Profile::windowOffer,
            Profile.WindowOffer.SHRINKING_MEMORY),
        profile(
            "net.ipv4.tcp_shrink_window", "0", Profile::windowOffer, Profile.WindowOffer.MEMORY));
  }

  @ParameterizedTest(name = "{0}={1}")
  @MethodSource("variables")
  void meansSomething(String key, String value, Function<Sysctls, Object> of, Object expected)
      throws UnknownException {
    Sysctls s = new Sysctls(Profile.STANDARD, Limits.DEFAULT);
    s.set(key, value);
    assertThat(of.apply(s)).isEqualTo(expected);
  }

  /** sysctl takes both separators. */
  @Test
  void aNameMayHaveSlashes() throws UnknownException {
    Sysctls s = new Sysctls(Profile.STANDARD, Limits.DEFAULT);
    assertThat(s.setAll(List.of("net/ipv4/tcp_frto=0", "net/ipv4/tcp_magic"))).hasSize(1);
    assertThat(s.profile().forwardRto()).isFalse();
  }

  /** Only the discipline fq paces; other words of tc change nothing. */
  @Test
  void aQueueingDisciplineMayPace() {
    Sysctls s = new Sysctls(Profile.LINUX, Limits.DEFAULT);
    s.queue(List.of("tc", "qdisc", "replace", "dev", "tun0", "root", "fq"));
    assertThat(s.profile().pacing()).isTrue();
    s.queue(List.of("tc", "filter", "show", "dev", "tun0"));
    assertThat(s.profile().pacing()).isTrue();
    s.queue(List.of("tc", "qdisc", "replace", "dev", "tun0", "root", "pfifo"));
    assertThat(s.profile().pacing()).isFalse();
  }

  @Test
  void whatMeansNothingIsPassedOver() throws UnknownException {
    Sysctls s = new Sysctls(Profile.STANDARD, Limits.DEFAULT);
    s.set("net.ipv4.tcp_low_latency", "1");
    s.set("net.ipv4.conf.all.rp_filter", "0");
    assertThat(s.profile()).isSameAs(Profile.STANDARD);
    assertThat(s.limits()).isSameAs(Limits.DEFAULT);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"net.ipv4.tcp_magic", "net.inet.tcp.magic", "kern.magic", "vm.swappiness", ""})
  void whatNobodyKnowsIsAnError(String key) {
    Sysctls s = new Sysctls(Profile.STANDARD, Limits.DEFAULT);
    assertThat(catchThrowableOfType(UnknownException.class, () -> s.set(key, "1")))
        .hasMessageContaining("unknown kernel variable " + key);
  }
}
