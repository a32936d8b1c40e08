package dev.sinew.demos;

import static dev.sinew.demos.Net.MS;
import static dev.sinew.demos.Net.S;

import dev.sinew.base.Profile;
import dev.sinew.observe.SendCause;
import dev.sinew.sim.PacketView;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Experiments on how a loss is noticed and repaired. */
final class Losses {
  private Losses() {}

  private static String ms(long nanos) {
    return Chart.number(Math.round(nanos / 1e4) / 100.0) + " ms";
  }

  /** The segments that carry bytes which were sent before. */
  static List<Seg> again(Net.Pair p) {
    return p.net()
        .log
        .sent(
            p.client(),
            s ->
                s.caused(SendCause.FAST_RETRANSMIT)
                    || s.caused(SendCause.RETRANSMIT_TIMEOUT)
                    || s.caused(SendCause.LOSS_PROBE));
  }

  static final class Backoff implements Demo {
    private final Param times =
        Param.count("times", 5, 0, 12, "how often the segment is lost", "该报文段丢失的次数");

    @Override
    public List<Param> parameters() {
      return List.of(times);
    }

    @Override
    public void run(Run r) {
      Net net = r.net();
      Profile profile = Profile.STANDARD.with(v -> v.tailLossProbe = false);
      Net.Pair p = net.pair("delay 10ms", profile, profile);
      p.link().forward().drop("the data", r.count(times), PacketView::isData);
      Server server = net.listen(p.server(), 80).onAccept(e -> e.onEof(End::close));
      End client = net.connect(p.client(), p.server(), 80);
      net.at(100 * MS, () -> client.write(1000));
      net.at(900 * S, client::close);
      net.finish();
      r.ladder(net);
      List<Seg> data = net.log.sent(p.client(), Seg::data);
      List<Long> gaps = new ArrayList<>();
      boolean doubles = true;
      for (int i = 1; i < data.size(); i++) {
        gaps.add(data.get(i).sentNanos - data.get(i - 1).sentNanos);
        doubles &= i < 2 || gaps.get(i - 1) == Math.min(2 * gaps.get(i - 2), 60 * S);
      }
      r.figure("intervals (s)", "重传间隔（秒）", Opening.seconds(gaps));
      r.equal(
          "sent once, and again as often as it was lost",
          "首次发送，加上每次丢失后的重传",
          r.count(times) + 1,
          data.size());
      r.check(
          "it was sent again by the timer",
          "由定时器触发重传",
          data.size() > 1 && data.get(1).caused(SendCause.RETRANSMIT_TIMEOUT));
      r.between(
          "the first interval is the RTO: SRTT + 4 RTTVAR, 200 ms at least",
          "第一个间隔即 RTO：SRTT + 4 RTTVAR，至少 200 毫秒",
          0.2,
          0.3,
          gaps.isEmpty() ? 0 : gaps.getFirst() / 1e9);
      r.check("each further one is twice the one before, 60 s at most", "此后每次加倍，最多 60 秒", doubles);
      r.equal("the data arrived", "数据最终到达", 1000L, server.first().received);
    }
  }

  static final class Karn implements Demo {
    private final Param slow =
        Param.time(
            "slow",
            "150ms",
            "400ms",
            "the delay from the second segment on, one way",
            "第二个报文段起的单程时延");

    @Override
    public List<Param> parameters() {
      return List.of(slow);
    }

    @Override
    public void run(Run r) {
      Net net = r.net();
      Profile profile =
          Profile.STANDARD.with(v -> {
            v.tailLossProbe = false;
            v.timestamps = false;
            v.delayedAckNanos = MS;
          });
      Net.Pair p = net.pair("delay 10ms", profile, profile);
      net.listen(p.server(), 80).onAccept(e -> e.onEof(End::close));
      End client = net.connect(p.client(), p.server(), 80);
      long[] srtt = new long[4];
      net.at(100 * MS, () -> client.write(100));
      net.at(S, () -> srtt[0] = client.info().srttNanos());
      net.at(2 * S, () -> p.link().impair("delay " + r.text(slow)));
      net.at(2 * S, () -> client.write(100));
      net.at(3 * S, () -> srtt[1] = client.info().srttNanos());
      net.at(4 * S, () -> client.write(100));
      net.at(6 * S, () -> srtt[2] = client.info().srttNanos());
      net.at(7 * S, client::close);
      net.finish();
      r.ladder(net);
      List<Seg> again = Losses.again(p);
      r.table(
          r.t("after | SRTT", "时间点 | SRTT"),
          r.t("the first segment (RTT 20 ms)", "第一个报文段（RTT 20 ms）") + " | " + ms(srtt[0]),
          r.t("the second, which was sent twice", "第二个，发送了两次") + " | " + ms(srtt[1]),
          r.t("the third, sent once", "第三个，只发送一次") + " | " + ms(srtt[2]));
      r.check(
          "the second segment was sent again, although nothing was lost",
          "没有丢失，第二个报文段却被重传",
          again.stream().anyMatch(s -> s.sentNanos > 2 * S && s.sentNanos < 3 * S));
      r.equal(
          "its ACK told nothing: it may belong to either",
          "它的 ACK 不能用于测量：不知属于哪一次",
          srtt[0],
          srtt[1]);
      r.check(
          "the doubled timeout stays for the next segment, which is not sent twice",
          "加倍后的超时值保留给下一个报文段，它没有被重传",
          again.stream().noneMatch(s -> s.sentNanos > 4 * S && s.data()));
      r.check("that one gives a sample, and SRTT grows", "它提供了样本，SRTT 随之增大", srtt[2] > srtt[0]);
    }
  }

  static final class Fast implements Demo {
    private final Param lost =
        Param.count("lost", 5, 0, 20, "which data segment is lost, 0 for none", "丢失第几个数据报文段，0 为不丢");

    @Override
    public List<Param> parameters() {
      return List.of(lost);
    }

    @Override
    public void run(Run r) {
      Net net = r.net();
      Profile profile =
          Profile.STANDARD.with(v -> {
            v.sack = false;
            v.tailLossProbe = false;
          });
      Net.Pair p = net.pair("delay 20ms rate 100mbit", profile, profile);
      if (r.count(lost) > 0) {
        p.link().forward().dropDataSegments(r.count(lost));
      }
      Server server = net.listen(p.server(), 80);
      Delivery.transfer(p, server, 20 * 1448);
      net.finish();
      r.ladder(net);
      List<Seg> again = Losses.again(p);
      r.equal("one segment was sent again", "重传了一个报文段", 1, again.size());
      Seg first = again.isEmpty() ? null : again.getFirst();
      // The first ACK of that number is new; those after it repeat it.
      List<Seg> same = net.log.sent(p.server(), s -> s.tcp && first != null && s.ack == first.seq);
      r.figure("duplicate ACKs", "重复 ACK 个数", Math.max(0, same.size() - 1));
      r.check(
          "not by the timer", "不是由定时器触发", first != null && first.caused(SendCause.FAST_RETRANSMIT));
      r.check(
          "when the third duplicate ACK arrived",
          "在第三个重复 ACK 到达时",
          first != null && same.size() >= 4 && first.sentNanos == same.get(3).arrivedNanos);
      r.check(
          "the loss cost about one round trip, not a timeout",
          "丢失的代价约为一个往返时间，而不是一次超时",
          first != null && first.arrivedNanos < 40 * MS + 100 * MS);
      r.check(
          "all bytes arrived",
          "数据全部到达",
          server.first().intact && server.first().received == 20 * 1448);
    }
  }

  static final class Sack implements Demo {
    private final Param lost =
        Param.choice(
            "lost",
            List.of("12,14,16,18", "12", "none"),
            "which data segments are lost",
            "丢失哪些数据报文段");

    @Override
    public List<Param> parameters() {
      return List.of(lost);
    }

    @Override
    public void run(Run r) {
      Result with = transfer(r, true);
      r.ladder(with.net);
      Result without = transfer(r, false);
      r.table(
          r.t(
              "recovery | round trips it took | sent again | done after",
              "恢复方式 | 恢复所用往返 | 重传 | 完成时间"),
          "SACK | " + with.rounds + " | " + with.again + " | " + ms(with.done),
          r.t("duplicate ACKs alone", "仅用重复 ACK")
              + " | "
              + without.rounds
              + " | "
              + without.again
              + " | "
              + ms(without.done));
      r.check("several segments of one window were lost", "同一窗口内丢失了多个报文段", with.again > 1);
      r.equal(
          "with SACK all holes are filled in one round trip",
          "有 SACK 时一个往返内填补所有空洞",
          1L,
          with.rounds);
      r.check("without it takes a round trip for each", "没有 SACK 时每个空洞都要一个往返", without.rounds >= 3);
      r.check("so SACK is done earlier", "因此 SACK 更早完成", with.done < without.done);
    }

    private record Result(Net net, long rounds, int again, long done) {}

    private Result transfer(Run r, boolean sack) {
      Net net = r.net();
      Profile profile =
          Profile.STANDARD.with(v -> {
            v.sack = sack;
            v.tailLossProbe = false;
          });
      Net.Pair p = net.pair("delay 20ms rate 100mbit", profile, profile);
      if (!r.choice(lost).equals("none")) {
        long[] which =
            Arrays.stream(r.choice(lost).split(",")).mapToLong(Long::parseLong).toArray();
        p.link().forward().dropDataSegments(which);
      }
      Server server = net.listen(p.server(), 80);
      Delivery.transfer(p, server, 40 * 1448);
      net.finish();
      List<Seg> again = Losses.again(p);
      long rounds =
          again.isEmpty()
              ? 0
              : 1 + (again.getLast().sentNanos - again.getFirst().sentNanos + 5 * MS) / (40 * MS);
      return new Result(net, rounds, again.size(), server.first().doneNanos);
    }
  }

  static final class RackDemo implements Demo {
    private final Param lost =
        Param.count(
            "lost",
            3,
            0,
            5,
            "which of five data segments is lost, 0 for none",
            "五个数据报文段中丢失第几个，0 为不丢");

    @Override
    public List<Param> parameters() {
      return List.of(lost);
    }

    @Override
    public void run(Run r) {
      long[] done = new long[2];
      @Nullable SendCause[] causes = new SendCause[2];
      for (int i = 0; i < 2; i++) {
        boolean rack = i == 0;
        Net net = r.net();
        Profile profile =
            Profile.STANDARD.with(v -> {
              v.rack = rack;
              v.tailLossProbe = false;
            });
        Net.Pair p = net.pair("delay 20ms rate 100mbit", profile, profile);
        if (r.count(lost) > 0) {
          p.link().forward().dropDataSegments(r.count(lost));
        }
        Server server = net.listen(p.server(), 80).onAccept(e -> e.onEof(End::close));
        End client = net.connect(p.client(), p.server(), 80);
        net.at(100 * MS, () -> client.write(5 * 1448));
        net.at(S, client::close);
        net.finish();
        if (rack) {
          r.ladder(net);
        }
        done[i] = server.first().doneNanos - 100 * MS;
        List<Seg> again = Losses.again(p);
        causes[i] = again.isEmpty() ? null : again.getFirst().cause;
      }
      r.table(
          r.t("who notices | all bytes after", "检测方式 | 全部到达所需时间"),
          "RACK | " + ms(done[0]),
          r.t("three duplicates, else the timer", "三个重复 ACK，否则等定时器") + " | " + ms(done[1]));
      r.equal(
          "RACK notices by time: a later segment has arrived, and long enough ago",
          "RACK 依据时间判断：更晚发送的已经到达，且过了足够久",
          SendCause.FAST_RETRANSMIT,
          causes[0]);
      r.equal(
          "two duplicate ACKs are too few: the timer must run out",
          "两个重复 ACK 不够，只能等定时器到期",
          SendCause.RETRANSMIT_TIMEOUT,
          causes[1]);
      r.check("which takes longer by far", "所用时间长得多", done[1] > 2 * done[0]);
    }
  }

  static final class TailLoss implements Demo {
    private final Param lost =
        Param.count("lost", 2, 0, 5, "how many of the last segments are lost", "末尾丢失的报文段数");

    @Override
    public List<Param> parameters() {
      return List.of(lost);
    }

    @Override
    public void run(Run r) {
      long[] done = new long[2];
      int[] probes = new int[2];
      int[] timeouts = new int[2];
      for (int i = 0; i < 2; i++) {
        boolean probe = i == 0;
        Net net = r.net();
        Profile profile =
            Profile.STANDARD.with(v -> {
              v.tailLossProbe = probe;
              v.timestamps = false;
            });
        Net.Pair p = net.pair("delay 20ms rate 100mbit", profile, profile);
        int n = r.count(lost);
        for (int k = 0; k < n; k++) {
          p.link().forward().dropDataSegments(10 - k);
        }
        Server server = net.listen(p.server(), 80).onAccept(e -> e.onEof(End::close));
        End client = net.connect(p.client(), p.server(), 80);
        net.at(100 * MS, () -> client.write(10 * 1460));
        net.at(2 * S, client::close);
        net.finish();
        if (probe) {
          r.ladder(net);
        }
        done[i] = server.first().doneNanos - 100 * MS;
        probes[i] = net.log.count(p.client(), s -> s.caused(SendCause.LOSS_PROBE));
        timeouts[i] = net.log.count(p.client(), s -> s.caused(SendCause.RETRANSMIT_TIMEOUT));
      }
      r.table(
          r.t(
              "tail loss probe | all bytes after | probes | timeouts",
              "尾部丢失探测 | 全部到达所需时间 | 探测 | 超时"),
          r.t("on", "开") + " | " + ms(done[0]) + " | " + probes[0] + " | " + timeouts[0],
          r.t("off", "关") + " | " + ms(done[1]) + " | " + probes[1] + " | " + timeouts[1]);
      r.check(
          "nothing came after the loss, so nothing told of it: a probe was sent",
          "丢失之后没有后续报文，也就没有线索：于是发送探测",
          probes[0] > 0);
      r.equal("with it no timer had to run out", "有探测时无须等待超时", 0, timeouts[0]);
      r.check("without it one had to", "没有探测时只能超时", timeouts[1] > 0);
      r.check("and that took longer", "所用时间更长", done[1] > done[0]);
    }
  }
}
