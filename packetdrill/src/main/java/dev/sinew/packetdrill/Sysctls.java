package dev.sinew.packetdrill;

import dev.sinew.base.EcnCapable;
import dev.sinew.base.Limits;
import dev.sinew.base.Profile;
import dev.sinew.base.SipHash;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Kernel variables of both systems as values of a profile. A variable that has no meaning for a
 * simulated host is taken without effect; one that nobody knows is an error.
 */
final class Sysctls {
  /** A variable that is not known, or a value that makes no sense. */
  static final class UnknownException extends Exception {
    private static final long serialVersionUID = 1;

    UnknownException(String message) {
      super(message, null, false, false);
    }
  }

  private static final long MS = 1_000_000L;
  private static final long S = 1_000_000_000L;

  /** The third retransmission of a SYN is the first without its options. */
  private static final int DROP_OPTIONS_AFTER = 2;

  /**
   * Known, and without effect here. Of the host, its devices and its memory: memory limits, queues,
   * busy polling, forwarding, offload and its sizes, compression and deferral of ACKs, caches of
   * earlier connections ({@code no_metrics_save}, {@code hostcache}), encapsulation. Of methods
   * that are not built, so that only their being off can be had: thin streams, early
   * demultiplexing, shrinking windows, PLB, migration, resets on overflow. Of what is built one
   * way: a reordering degree (RACK keeps a time), pacing ratios, limited transmit (RFC 3042
   * always), bases and intervals of MTU probes.
   */
  private static final Set<String> WITHOUT_EFFECT =
      Set.of(
          "net.ipv4.tcp_fack",
          "net.ipv4.tcp_no_metrics_save",
          "net.ipv4.tcp_mem",
          "net.ipv4.tcp_thin_linear_timeouts",
          "net.ipv4.tcp_app_win",
          "net.ipv4.tcp_adv_win_scale",
          "net.ipv4.tcp_limit_output_bytes",
          "net.ipv4.tcp_autocorking",
          "net.ipv4.tcp_tso_rtt_log",
          "net.ipv4.tcp_tso_win_divisor",
          "net.ipv4.tcp_low_latency",
          "net.ipv4.tcp_reordering",
          "net.ipv4.tcp_max_reordering",
          "net.ipv4.tcp_min_rtt_wlen",
          "net.ipv4.tcp_available_congestion_control",
          "net.ipv4.tcp_allowed_congestion_control",
          "net.ipv4.tcp_fwmark_accept",
          "net.ipv4.tcp_challenge_ack_limit",
          "net.ipv4.tcp_comp_sack_delay_ns",
          "net.ipv4.tcp_comp_sack_nr",
          "net.ipv4.tcp_comp_sack_slack_ns",
          "net.ipv4.tcp_pacing_ss_ratio",
          "net.ipv4.tcp_pacing_ca_ratio",
          "net.ipv4.tcp_probe_interval",
          "net.ipv4.tcp_probe_threshold",
          "net.ipv4.tcp_stdurg",
          "net.ipv4.tcp_retrans_collapse",
          "net.ipv4.tcp_workaround_signed_windows",
          "net.ipv4.tcp_abort_on_overflow",
          "net.ipv4.tcp_tw_recycle",
          "net.ipv4.tcp_reflect_tos",
          "net.ipv4.tcp_plb_enabled",
          "net.ipv4.tcp_backlog_ack_defer",
          "net.ipv4.tcp_ecn_option_beacon",
          "net.ipv4.tcp_migrate_req",
          "net.ipv4.tcp_collapse_max_bytes",
          "net.ipv4.tcp_default_init_rwnd",
          "net.ipv4.tcp_loss_init_cwnd",
          "net.ipv4.ip_local_port_range",
          "net.ipv4.ip_forward",
          "net.ipv4.ip_no_pmtu_disc",
          "net.ipv4.ip_nonlocal_bind",
          "net.ipv4.ping_group_range",
          "net.ipv4.route.flush",
          "net.ipv4.icmp_msgs_per_sec",
          "net.ipv4.icmp_ratelimit",
          "net.core.netdev_budget",
          "net.core.optmem_max",
          "net.core.default_qdisc",
          "net.core.rmem_max",
          "net.core.wmem_max",
          "net.core.rmem_default",
          "net.core.wmem_default",
          "net.core.netdev_max_backlog",
          "net.core.busy_poll",
          "net.core.busy_read",
          "net.inet.tcp.hostcache.purgenow",
          "net.inet.tcp.hostcache.purge",
          "net.inet.tcp.blackhole",
          "net.inet.tcp.path_mtu_discovery",
          "net.inet.tcp.functions_default",
          "net.inet.tcp.fastopen.psk_enable",
          "net.inet.tcp.hostcache.enable",
          "net.inet.tcp.abc_l_var",
          "net.inet.tcp.rfc3390",
          "net.inet.tcp.rfc3042",
          "net.inet.tcp.rfc3465",
          "net.inet.tcp.tso",
          "net.inet.tcp.sack.revised",
          "net.inet.tcp.rfc6675_pipe",
          "net.inet.tcp.sack.tso",
          "net.inet.tcp.always_keepalive",
          "net.inet.tcp.log_in_vain",
          "net.inet.tcp.ts_offset_per_conn",
          "net.inet.tcp.hostcache.expire",
          "net.inet.tcp.insecure_ack",
          "net.inet.tcp.udp_tunneling_port",
          "net.inet.tcp.udp_tunneling_overhead",
          "net.inet.icmp.icmplim",
          "net.inet.tcp.mssdflt",
          "net.inet.tcp.v6mssdflt",
          "net.inet.tcp.isn_reseed_interval");

  private Profile profile;
  private Limits limits;
  private int notSentLowat = Integer.MAX_VALUE;
  private long timeWaitReuse = S;

  Sysctls(Profile profile, Limits limits) {
    this.profile = profile;
    this.limits = limits;
  }

  Profile profile() {
    return profile;
  }

  Limits limits() {
    return limits;
  }

  /** One setting. */
  void set(String key, String text) throws UnknownException {
    String value = text.strip().replace("\"", "").replace("'", "");
    if (WITHOUT_EFFECT.contains(key)
        || key.startsWith("net.ipv4.conf.")
        || key.startsWith("net.ipv6.conf.")
        || key.startsWith("net.ipv6.route")
        || key.startsWith("net.inet.tcp.pmtud_blackhole")
        || key.startsWith("net.inet.tcp.rack.")
        || key.startsWith("net.inet.tcp.bb.")
        || key.startsWith("net.mptcp.")) {
      return;
    }
    if (key.equals("net.ipv4.tcp_rmem") || key.equals("net.ipv4.tcp_wmem")) {
      memory(key.endsWith("rmem"), value);
      return;
    }
    if (key.equals("net.inet.tcp.cc.algorithm")) {
      profile = profile.with(v -> v.congestionControl = value.equals("newreno") ? "reno" : value);
      return;
    }
    if (key.equals("net.ipv4.tcp_fastopen_key")) {
      SipHash hash = fastOpenKey(value);
      profile = profile.with(v -> v.fastOpenKey = hash);
      return;
    }
    if (key.equals("net.ipv4.tcp_congestion_control")) {
      profile = profile.with(v -> v.congestionControl = value);
      return;
    }
    long n = number(key, value);
    if (key.startsWith("net.ipv4.") || key.startsWith("net.ipv6.") || key.startsWith("net.core.")) {
      linux(key, n);
    } else {
      freebsd(key, n);
    }
  }

  private static long number(String name, String value) throws UnknownException {
    try {
      return Long.decode(value);
    } catch (NumberFormatException e) {
      throw new UnknownException("not a number for " + name + ": " + value);
    }
  }

  /** Four numbers of 32 bits in hexadecimal; after a comma there may be an older key. */
  private static SipHash fastOpenKey(String value) throws UnknownException {
    String[] parts = value.split(",")[0].split("-");
    long[] words = new long[4];
    try {
      for (int i = 0; i < 4; i++) {
        words[i] = Long.parseLong(parts[i], 16);
      }
    } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
      throw new UnknownException("expected a key xxxxxxxx-xxxxxxxx-xxxxxxxx-xxxxxxxx: " + value);
    }
    return new SipHash(words[0] | words[1] << 32, words[2] | words[3] << 32);
  }

  private void memory(boolean receive, String value) throws UnknownException {
    String[] three = value.strip().split("\\s+");
    if (three.length != 3) {
      throw new UnknownException("three numbers are expected: " + value);
    }
    int start = (int) Math.min(Integer.MAX_VALUE, arithmetic(three[1]));
    int most = (int) Math.min(1 << 30, arithmetic(three[2]));
    limits =
        limits.with(v -> {
          if (receive) {
            v.receiveBufferBytes = start;
            v.maxReceiveBufferBytes = most;
          } else {
            v.sendBufferBytes = start;
            v.maxSendBufferBytes = most;
          }
        });
  }

  /** A number, or {@code $((a*b*c))}. */
  private static long arithmetic(String s) throws UnknownException {
    String t = s.startsWith("$((") && s.endsWith("))") ? s.substring(3, s.length() - 2) : s;
    long product = 1;
    for (String factor : t.split("\\*")) {
      product *= number("a buffer", factor.strip());
    }
    return product;
  }

  private void linux(String key, long n) throws UnknownException {
    profile =
        switch (key) {
          case "net.ipv4.tcp_timestamps" -> profile.with(v -> v.timestamps = n != 0);
          case "net.ipv4.tcp_sack" -> profile.with(v -> v.sack = n != 0);
          case "net.ipv4.tcp_dsack" -> profile.with(v -> v.dsack = n != 0);
          case "net.ipv4.tcp_window_scaling" -> profile.with(v -> v.windowScale = n != 0);
          case "net.ipv4.tcp_syn_retries" ->
              profile.with(v -> {
                v.synRetries = (int) n;
                v.synTimeoutNanos = Math.min(v.maxRtoNanos * n, ((1L << n + 1) - 1) * S);
              });
          case "net.ipv4.tcp_synack_retries" -> profile.with(v -> v.synAckRetries = (int) n);
          case "net.ipv4.tcp_retries1" -> profile.with(v -> v.dataRetriesR1 = (int) n);
          case "net.ipv4.tcp_retries2" -> profile.with(v -> v.dataRetriesR2 = (int) n);
          case "net.ipv4.tcp_fin_timeout" -> profile.with(v -> v.finWait2Nanos = n * S);
          case "net.ipv4.tcp_keepalive_time" -> profile.with(v -> v.keepAliveIdleNanos = n * S);
          case "net.ipv4.tcp_keepalive_intvl" ->
              profile.with(v -> v.keepAliveIntervalNanos = n * S);
          case "net.ipv4.tcp_keepalive_probes" -> profile.with(v -> v.keepAliveCount = (int) n);
          case "net.ipv4.tcp_rfc1337" -> profile.with(v -> v.rstClosesTimeWait = n == 0);
          case "net.ipv4.tcp_frto" -> profile.with(v -> v.forwardRto = n != 0);
          case "net.ipv4.tcp_recovery" -> profile.with(v -> v.rack = (n & 1) != 0);
          case "net.ipv4.tcp_early_retrans" -> profile.with(v -> v.tailLossProbe = n >= 3);
          case "net.ipv4.tcp_mtu_probing" ->
              profile.with(v ->
                  v.mtuProbing =
                      n == 0
                          ? Profile.MtuProbing.OFF
                          : n == 1 ? Profile.MtuProbing.BLACK_HOLE : Profile.MtuProbing.ALWAYS);
          case "net.ipv4.tcp_ecn" ->
              profile.with(v -> {
                v.ecn =
                    n == 0
                        ? Profile.Ecn.OFF
                        : n == 1 || n == 3 ? Profile.Ecn.REQUEST : Profile.Ecn.ANSWER;
                v.accEcn = n >= 3;
              });
          case "net.ipv4.tcp_ecn_option" ->
              profile.with(v -> {
                v.accEcnOptions = n > 0;
                v.accEcnOptionAlways = n > 1;
              });
          case "net.ipv4.tcp_syn_linear_timeouts" ->
              profile.with(v -> v.synLinearTimeouts = (int) n);
          case "net.ipv4.tcp_min_tso_segs" ->
              profile.with(v -> v.superSegmentLeast = (int) Math.max(1, n));
          case "net.ipv4.tcp_fastopen" ->
              profile.with(v -> {
                v.fastOpenClient = (n & 1) != 0;
                // The listener's own option is what counts, unless 0x400 opens all.
                v.fastOpenServer = (n & 0x402) == 0x402;
                v.fastOpenWithoutCookie = (n & 4) != 0;
                v.fastOpenCookieNotRequired = (n & 0x200) != 0;
              });
          // 2 is for the loopback interface alone.
          case "net.ipv4.tcp_tw_reuse" ->
              profile.with(v -> v.timeWaitReuseNanos = n == 1 ? timeWaitReuse : Long.MAX_VALUE);
          case "net.ipv4.tcp_tw_reuse_delay" -> {
            timeWaitReuse = n * MS;
            boolean on = profile.timeWaitReuseNanos() < Long.MAX_VALUE;
            yield profile.with(v -> v.timeWaitReuseNanos = on ? n * MS : Long.MAX_VALUE);
          }
          case "net.ipv4.tcp_fastopen_blackhole_timeout_sec",
              "net.ipv4.tcp_fastopen_blackhole_detect_timeout_sec" ->
              profile.with(v -> v.fastOpenBlockNanos = n * S);
          case "net.ipv4.tcp_shrink_window" ->
              profile.with(v ->
                  v.windowOffer =
                      n == 0 ? Profile.WindowOffer.MEMORY : Profile.WindowOffer.SHRINKING_MEMORY);
          case "net.ipv4.tcp_moderate_rcvbuf" -> profile.with(v -> v.autoTuneReceive = n != 0);
          // 0 stands for 8 on both systems.
          case "net.ipv4.tcp_orphan_retries" ->
              profile.with(v -> v.orphanRetries = n == 0 ? 8 : (int) n);
          // No limit at all is one that a nanosecond lifts.
          case "net.ipv4.tcp_invalid_ratelimit" ->
              profile.with(v -> v.challengeAckIntervalNanos = Math.max(1, n * MS));
          case "net.ipv4.tcp_ecn_fallback" ->
              profile.with(v ->
                  v.ecnSynRetries = n == 0 ? Integer.MAX_VALUE : Profile.LINUX.ecnSynRetries());
          case "net.ipv4.tcp_rto_min_us" -> profile.with(v -> v.minRtoNanos = n * 1000);
          case "net.ipv4.tcp_default_init_cwnd" ->
              profile.with(v -> v.initialWindowSegments = (int) n);
          case "net.ipv4.tcp_syncookies",
              "net.ipv4.tcp_notsent_lowat",
              "net.ipv4.tcp_max_syn_backlog",
              "net.ipv4.tcp_max_tw_buckets",
              "net.ipv4.tcp_slow_start_after_idle",
              "net.ipv4.tcp_base_mss",
              "net.ipv4.tcp_min_snd_mss",
              "net.ipv4.tcp_mtu_probe_floor",
              "net.core.somaxconn",
              "net.core.tstamp_allow_data",
              "net.ipv4.ip_default_ttl",
              "net.ipv4.tcp_rto_max_ms",
              "net.ipv4.tcp_l3mdev_accept",
              "net.ipv4.tcp_early_demux",
              "net.ipv4.fwmark_reflect" ->
              other(key, n);
          default -> throw new UnknownException("unknown kernel variable " + key);
        };
  }

  private Profile other(String key, long n) {
    return switch (key) {
      case "net.ipv4.ip_default_ttl" -> profile.with(v -> v.defaultTtl = (int) n);
      case "net.ipv4.tcp_slow_start_after_idle" -> profile.with(v -> v.restartAfterIdle = n != 0);
      case "net.ipv4.tcp_min_snd_mss" -> profile.with(v -> v.minSendMss = (int) n);
      case "net.ipv4.tcp_rto_max_ms" -> profile.with(v -> v.maxRtoNanos = n * MS);
      case "net.ipv4.tcp_syncookies" -> {
        if (n == 2) {
          // Whatever the queue: none is kept.
          limits = limits.with(v -> v.synBacklog = 0);
        }
        yield profile.with(v -> v.synCookies = n != 0);
      }
      case "net.ipv4.tcp_max_syn_backlog" -> {
        limits = limits.with(v -> v.synBacklog = count(n));
        yield profile;
      }
      case "net.ipv4.tcp_max_tw_buckets" -> {
        limits = limits.with(v -> v.timeWaitRecords = count(n));
        yield profile;
      }
      case "net.ipv4.tcp_notsent_lowat" -> {
        notSentLowat = count(n);
        yield profile;
      }
      default -> profile;
    };
  }

  /** A queueing discipline of Linux: the one called fq is what paces, no other does. */
  void queue(List<String> words) {
    if (words.contains("qdisc")) {
      boolean paces = words.contains("fq");
      profile = profile.with(v -> v.pacing = paces);
    }
  }

  private static int count(long n) {
    return Math.clamp(n, 0, Integer.MAX_VALUE);
  }

  /** What of a socket's bytes may be unsent before it stops being writable. */
  int notSentLowat() {
    return notSentLowat;
  }

  private void freebsd(String key, long n) throws UnknownException {
    profile =
        switch (key) {
          case "net.inet.tcp.rfc1323" ->
              profile.with(v -> {
                v.timestamps = n == 1 || n == 3;
                v.windowScale = n == 1 || n == 2;
              });
          case "net.inet.tcp.sack.enable" -> profile.with(v -> v.sack = n != 0);
          case "net.inet.tcp.ecn.enable" ->
              profile.with(v -> {
                v.ecn =
                    n == 0
                        ? Profile.Ecn.OFF
                        : n == 1 || n == 3 ? Profile.Ecn.REQUEST : Profile.Ecn.ANSWER;
                v.accEcn = n >= 3;
              });
          case "net.inet.tcp.ecn.plusplus" ->
              profile.with(v ->
                  v.ecnCapable =
                      n == 0 ? EcnCapable.NEW_DATA : n == 1 ? EcnCapable.SYN_ACKS : EcnCapable.ALL);
          case "net.inet.tcp.ecn.maxretries" -> profile.with(v -> v.ecnSynRetries = (int) n);
          case "net.inet.tcp.icmp_may_rst" ->
              profile.with(v ->
                  v.connectErrors =
                      n == 0 ? Profile.ConnectErrors.NONE : Profile.FREEBSD.connectErrors());
          case "net.inet.tcp.tolerate_missing_ts" ->
              profile.with(v -> v.dropSegmentsWithoutTimestamp = n == 0);
          case "net.inet.tcp.rexmit_drop_options" ->
              profile.with(v ->
                  v.synRetriesWithOptions =
                      n == 0 ? Profile.FREEBSD.synRetriesWithOptions() : DROP_OPTIONS_AFTER);
          case "net.inet.tcp.fastopen.client_enable" ->
              profile.with(v -> v.fastOpenClient = n != 0);
          case "net.inet.tcp.fastopen.server_enable" ->
              profile.with(v -> v.fastOpenServer = n != 0);
          case "net.inet.tcp.syncookies" -> profile.with(v -> v.synCookies = n != 0);
          case "net.inet.tcp.syncookies_only" -> {
            if (n != 0) {
              limits = limits.with(v -> v.synBacklog = 0);
            }
            yield profile;
          }
          case "net.inet.tcp.rexmit_initial" -> profile.with(v -> v.initialRtoNanos = n * MS);
          case "net.inet.tcp.rexmit_min" -> profile.with(v -> v.minRtoNanos = n * MS);
          case "net.inet.tcp.rexmit_slop" -> profile.with(v -> v.rtoSlopNanos = n * MS);
          case "net.inet.tcp.keepinit" -> profile.with(v -> v.synTimeoutNanos = n * MS);
          case "net.inet.tcp.keepidle" -> profile.with(v -> v.keepAliveIdleNanos = n * MS);
          case "net.inet.tcp.keepintvl" -> profile.with(v -> v.keepAliveIntervalNanos = n * MS);
          case "net.inet.tcp.keepcnt" -> profile.with(v -> v.keepAliveCount = (int) n);
          case "net.inet.tcp.delacktime" -> profile.with(v -> v.delayedAckNanos = n * MS);
          case "net.inet.tcp.drop_synfin" -> profile.with(v -> v.acceptSynFin = n == 0);
          case "net.inet.tcp.initcwnd_segments" ->
              profile.with(v -> v.initialWindowSegments = (int) n);
          case "net.inet.tcp.msl" -> profile.with(v -> v.timeWaitNanos = 2 * n * MS);
          case "net.inet.tcp.do_prr" -> profile.with(v -> v.prr = n != 0);
          case "net.inet.tcp.minmss" -> profile.with(v -> v.minSendMss = (int) n);
          case "net.inet.tcp.sendbuf_auto" -> profile.with(v -> v.autoTuneSend = n != 0);
          case "net.inet.tcp.recvbuf_auto" -> profile.with(v -> v.autoTuneReceive = n != 0);
          case "net.inet.ip.ttl", "net.inet6.ip6.hlim" -> profile.with(v -> v.defaultTtl = (int) n);
          case "net.inet.tcp.insecure_rst" -> profile.with(v -> v.insecureRst = n != 0);
          case "net.inet.tcp.insecure_syn" -> profile.with(v -> v.insecureSyn = n != 0);
          case "net.inet.tcp.delayed_ack" ->
              profile.with(v -> v.delayedAckNanos = n == 0 ? 0 : v.delayedAckNanos);
          case "net.inet.tcp.recvspace" -> {
            limits = limits.with(v -> v.receiveBufferBytes = (int) n);
            yield profile;
          }
          case "kern.ipc.maxsockbuf" -> {
            int most = (int) Math.min(n, 1 << 30);
            limits = limits.with(v -> v.maxReceiveBufferBytes = most);
            yield profile.with(v -> v.scaledWindowBytes = most);
          }
          case "net.inet.tcp.sendspace" -> {
            limits = limits.with(v -> v.sendBufferBytes = (int) n);
            yield profile;
          }
          default -> throw new UnknownException("unknown kernel variable " + key);
        };
  }

  /** Takes {@code name=value} pairs of one command line. */
  List<String> setAll(List<String> words) throws UnknownException {
    List<String> rest = new ArrayList<>();
    for (String w : words) {
      int equals = w.indexOf('=');
      if (equals > 0 && w.indexOf('.') > 0 && w.indexOf('.') < equals) {
        set(w.substring(0, equals), w.substring(equals + 1));
      } else if (equals > 0 && w.startsWith("/proc/sys/")) {
        set(w.substring(10, equals).replace('/', '.'), w.substring(equals + 1));
      } else if (equals > 0 && w.startsWith("net/")) {
        set(w.substring(0, equals).replace('/', '.'), w.substring(equals + 1));
      } else {
        rest.add(w);
      }
    }
    return rest;
  }
}
