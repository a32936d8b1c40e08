package dev.sinew.demos;

import static dev.sinew.demos.Net.MS;
import static dev.sinew.demos.Net.S;

import dev.sinew.base.Counter;
import dev.sinew.observe.SendCause;
import dev.sinew.sim.Fault;
import dev.sinew.sim.SimHost;
import java.util.List;

/** Experiments on what the path does to segments, and how the stream stays whole. */
final class Delivery {
  private Delivery() {}

  static long counted(SimHost host, Counter c) {
    return host.stack().counters().get(c);
  }

  /** A transfer up, closed by the client at its end and then by the server. */
  static End transfer(Net.Pair p, Server server, long bytes) {
    server.onAccept(e -> e.onEof(End::close));
    return p.net()
        .connect(p.client(), p.server(), server.listener.localPort())
        .onConnected(e -> {
          e.write(bytes);
          e.close();
        });
  }

  static final class Segmentation implements Demo {
    private final Param large =
        Param.count("large", 5000, 1, 14_000, "bytes of one large write", "一次大写入的字节数");

    private final Param small =
        Param.count("small", 5, 2, 14, "small writes of 100 bytes", "100 字节小写入的次数");

    @Override
    public List<Param> parameters() {
      return List.of(large, small);
    }

    @Override
    public void run(Run r) {
      int n = r.count(large);
      int k = r.count(small);
      Net.Pair p = r.pair("delay 10ms");
      Net net = p.net();
      Server server = net.listen(p.server(), 80).onAccept(e -> e.onEof(End::close));
      End client = net.connect(p.client(), p.server(), 80);
      net.at(100 * MS, () -> client.write(n));
      net.at(
          300 * MS,
          () -> {
            for (int i = 0; i < k; i++) {
              client.write(100);
            }
          });
      int[] reads = new int[1];
      server.onAccept(e -> {
        e.onEof(End::close);
        e.onData(x -> reads[0]++);
      });
      net.at(S, client::close);
      net.finish();
      r.ladder(net);
      List<Seg> first = net.log.sent(p.client(), s -> s.data() && s.sentNanos < 300 * MS);
      List<Seg> second = net.log.sent(p.client(), s -> s.data() && s.sentNanos >= 300 * MS);
      r.table(
          r.t("calls of write | segments | calls of read", "write 调用 | 报文段 | read 调用"),
          "1 × " + n + " | " + first.size() + " | " + (reads[0] - 1),
          k + " × 100 | " + second.size() + " | 1");
      int mss = 1448;
      r.equal(
          "one write, several segments of at most MSS bytes",
          "一次写入，多个不超过 MSS 的报文段",
          (n + mss - 1) / mss,
          first.size());
      r.check("it did not fit into one", "一个报文段放不下", first.size() > 1);
      r.check("several writes, fewer segments", "多次写入，合成更少的报文段", second.size() < k);
      r.check(
          "the numbers follow each other without a gap: they are what the receiver puts together by",
          "序号首尾相接：接收方据此重新拼接",
          first.getLast().relative + first.getLast().length == 1L + n);
      r.equal(
          "the reader gets one stream of all bytes",
          "读取方得到完整的字节流",
          n + 100L * k,
          server.first().received);
      r.check("in their order", "顺序正确", server.first().intact);
    }
  }

  static final class OutOfOrder implements Demo {
    private final Param late =
        Param.time("late", "4ms", "1s", "how late the second data segment arrives", "第二个数据报文段迟到多久");

    @Override
    public List<Param> parameters() {
      return List.of(late);
    }

    @Override
    public void run(Run r) {
      Net.Pair p = r.net().pair("delay 10ms rate 10mbit");
      Net net = p.net();
      net.log.injected("late: ");
      if (r.nanos(late) > 0) {
        net.late(p.link().forward(), 2, r.nanos(late));
      }
      Server server = net.listen(p.server(), 80);
      transfer(p, server, 8 * 1448);
      net.finish();
      r.ladder(net);
      List<Seg> duplicates = net.log.sent(p.server(), s -> s.caused(SendCause.DUPLICATE_ACK));
      List<Seg> again =
          net.log.sent(
              p.client(),
              s -> s.data() && s.cause != SendCause.NEW && s.cause != SendCause.LOSS_PROBE);
      r.figure("duplicate ACKs", "重复 ACK 个数", duplicates.size());
      r.figure("segments sent again", "重传的报文段数", again.size());
      r.check(
          "segments that overtook it were kept, and answered with duplicate ACKs",
          "超前到达的报文段被保留，并引出重复 ACK",
          counted(p.server(), Counter.TcpExtTCPOFOQueue) > 0 && !duplicates.isEmpty());
      r.check(
          "the reader got all bytes in their order",
          "读取方按序得到全部字节",
          server.first().intact && server.first().received == 8 * 1448);
      r.equal("so small a delay was not taken for a loss", "这样小的延迟没有被误认为丢失", 0, again.size());
    }
  }

  static final class Duplicate implements Demo {
    private final Param share =
        Param.share("share", "50%", "how many packets arrive twice", "重复到达的报文比例");

    @Override
    public List<Param> parameters() {
      return List.of(share);
    }

    @Override
    public void run(Run r) {
      Net.Pair p = r.net().pair("delay 10ms duplicate " + r.text(share));
      Net net = p.net();
      Server server = net.listen(p.server(), 80);
      transfer(p, server, 20 * 1448);
      net.finish();
      r.ladder(net);
      long twice = p.link().forward().duplicatedCount();
      r.figure("segments that came twice", "重复到达的报文段数", twice);
      r.check("some came twice", "确有报文段重复到达", twice > 0);
      r.equal("each byte was delivered once", "每个字节只交付一次", 20L * 1448, server.first().received);
      r.check("and is right", "内容正确", server.first().intact);
      r.check(
          "a duplicate is discarded, and answered with an ACK",
          "重复的报文段被丢弃，并以 ACK 应答",
          twice == 0 || net.log.count(p.server(), Seg::pureAck) > 0);
      r.equal(
          "one connection was accepted, though the SYN may have come twice",
          "即使 SYN 重复，也只接受了一条连接",
          1,
          server.accepted.size());
    }
  }

  static final class Corrupt implements Demo {
    private final Param share =
        Param.share("share", "10%", "how many packets have one bit flipped", "有一个比特出错的报文比例");

    @Override
    public List<Param> parameters() {
      return List.of(share);
    }

    @Override
    public void run(Run r) {
      Net.Pair p = r.net().pair("delay 10ms");
      Net net = p.net();
      Server server = net.listen(p.server(), 80);
      transfer(p, server, 60 * 1448);
      net.at(30 * MS, () -> p.link().forward().impair("delay 10ms corrupt " + r.text(share)));
      net.finish();
      r.ladder(net);
      long damaged = p.link().forward().corruptedCount();
      long bad =
          counted(p.server(), Counter.TcpInCsumErrors) + counted(p.server(), Counter.IpInHdrErrors);
      r.figure("packets damaged", "受损的报文数", damaged);
      r.figure("refused for their checksum", "因检验和错误被拒绝", bad);
      r.check("packets were damaged", "确有报文受损", damaged > 0);
      r.between("each was refused", "全部被拒绝", 1, damaged, bad);
      r.check(
          "dropped without a word: no answer tells of damage, only numbers that are missing do",
          "悄悄丢弃：没有报文通知损坏，只有缺失的序号说明问题",
          net.log.count(p.server(), Seg::rst) == 0);
      r.check(
          "most were sent again long before the timer, by duplicate ACKs and SACK",
          "多数早在超时之前就由重复 ACK 与 SACK 触发重传",
          net.log.count(p.client(), s -> s.caused(SendCause.FAST_RETRANSMIT)) > 0);
      r.check(
          "all bytes arrived, and are right",
          "全部字节到达且正确",
          server.first().intact && server.first().received == 60 * 1448);
    }
  }

  static final class Collision implements Demo {
    private final Param change =
        Param.choice(
            "change",
            List.of("swap", "flip"),
            "swap two 16-bit words, or flip one bit",
            "交换两个 16 位字，或翻转一个比特");

    @Override
    public List<Param> parameters() {
      return List.of(change);
    }

    @Override
    public void run(Run r) {
      Net net = r.net().forging("damaged: ");
      Net.Pair p = net.pair("delay 10ms");
      Fault fault =
          net.alter(
              p.link().forward(),
              3,
              bytes -> {
                int at = bytes.length - 100;
                if (r.choice(change).equals("flip")) {
                  bytes[at] = (byte) (bytes[at] ^ 1);
                } else {
                  for (int i = 0; i < 2; i++) {
                    byte b = bytes[at + i];
                    bytes[at + i] = bytes[at + 10 + i];
                    bytes[at + 10 + i] = b;
                  }
                }
                return bytes;
              });
      Server server = net.listen(p.server(), 80);
      transfer(p, server, 6 * 1448);
      net.finish();
      r.ladder(net);
      r.equal("one segment was damaged on its way", "一个报文段在途中受损", 1L, fault.firedCount());
      r.equal(
          "its checksum is right all the same",
          "检验和却依然正确",
          0L,
          counted(p.server(), Counter.TcpInCsumErrors));
      r.equal("nothing was sent again", "没有任何重传", 0L, counted(p.client(), Counter.TcpRetransSegs));
      r.check(
          "the reader got wrong bytes, and nobody knows",
          "读取方得到错误的字节，却无人知晓",
          !server.first().intact);
    }
  }
}
