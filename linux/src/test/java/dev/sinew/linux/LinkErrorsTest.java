package dev.sinew.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sinew.linux.LinkException.Reason;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each obstacle has one line that says what failed and what to do; nothing here needs a right. */
class LinkErrorsTest {
  private static final TunOptions GOOD = TunOptions.of("tun0", Lab.HOST);

  @ParameterizedTest
  @ValueSource(strings = {"a", "tun0", "tun%d", "fifteen-bytes-1", "x.y", "ünix"})
  void namesAreTakenWhenTheKernelAndAShellTakeThem(String name) {
    TunOptions options = TunOptions.of(name, List.of());
    if (name.equals("ünix")) {
      assertThatThrownBy(options::check).hasMessageContaining("ünix");
    } else {
      assertThatCode(options::check).doesNotThrowAnyException();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "sixteen-bytes-12",
        ".",
        "..",
        "a/b",
        "a b",
        "a:b",
        "tun%s",
        "tun%",
        "%d%d",
        "a\nb",
        "a\u001b[31m",
        "it's"
      })
  void otherNamesAreRefusedInOneCleanLine(String name) {
    assertThatThrownBy(TunOptions.of(name, List.of())::check)
        .isInstanceOfSatisfying(
            LinkException.class, e -> assertThat(e.reason()).isEqualTo(Reason.BAD_OPTION))
        .satisfies(e -> assertThat(e.getMessage().chars()).allMatch(c -> c >= ' '))
        .hasMessageContaining("name");
  }

  @Test
  void anMtuMustCarryTheVersionsOfTheAddresses() {
    assertThatThrownBy(GOOD.withMtu(1279)::check)
        .hasMessageContaining("IPv6")
        .hasMessageContaining("1280");
    assertThatCode(GOOD.withMtu(1280)::check).doesNotThrowAnyException();
    TunOptions v4 = TunOptions.of("tun0", List.of(Lab.prefix("10.0.0.1", 8)));
    assertThatCode(v4.withMtu(68)::check).doesNotThrowAnyException();
    assertThatThrownBy(v4.withMtu(67)::check).hasMessageContaining("67");
    assertThatCode(v4.withMtu(65535)::check).doesNotThrowAnyException();
    assertThatThrownBy(v4.withMtu(65536)::check).hasMessageContaining("65536");
    assertThatThrownBy(v4.withMtu(68).withHostRoutes(List.of(Lab.prefix("fd00::", 8)))::check)
        .hasMessageContaining("1280");
  }

  @Test
  void theQueueHasAtLeastOnePlace() {
    assertThatThrownBy(GOOD.withTxQueueLength(0)::check).hasMessageContaining("queue of 0");
    assertThatCode(GOOD.withTxQueueLength(1)::check).doesNotThrowAnyException();
  }

  @Test
  void thereAreOneToEightQueues() {
    for (int bad : new int[] {0, -1, 9}) {
      assertThatThrownBy(GOOD.withQueues(bad)::check)
          .isInstanceOfSatisfying(
              LinkException.class, e -> assertThat(e.reason()).isEqualTo(Reason.BAD_OPTION))
          .hasMessage(bad + " queues are not possible: it must be 1 to 8");
    }
    assertThatCode(GOOD.withQueues(1)::check).doesNotThrowAnyException();
    assertThatCode(GOOD.withQueues(8)::check).doesNotThrowAnyException();
    assertThat(GOOD.queues()).isEqualTo(1);
    assertThat(GOOD.withQueues(3).withMtu(1400).withOffload(false).withTxQueueLength(9).queues())
        .isEqualTo(3);
    assertThat(GOOD.withQueues(3).withHostRoutes(List.of()).queues()).isEqualTo(3);
  }

  @Test
  void addressesThatNoHostHasAreRefused() {
    for (String bad : List.of("0.0.0.0", "224.0.0.1", "127.0.0.1", "::", "ff02::1", "::1")) {
      assertThatThrownBy(TunOptions.of("tun0", List.of(Lab.prefix(bad, 8)))::check)
          .as(bad)
          .isInstanceOf(LinkException.class);
    }
  }

  @Test
  void otherSystemsAreToldThatTunNeedsLinux() {
    assertThatThrownBy(() -> Platform.check("Mac OS X", "aarch64"))
        .isInstanceOfSatisfying(
            LinkException.class, e -> assertThat(e.reason()).isEqualTo(Reason.UNAVAILABLE))
        .hasMessageStartingWith("TUN needs Linux")
        .hasMessageContaining("Mac OS X");
    assertThatThrownBy(() -> Platform.check("Windows 11", "amd64"))
        .hasMessageStartingWith("TUN needs Linux");
    assertThatThrownBy(() -> Platform.check("Linux", "sparcv9")).hasMessageContaining("sparcv9");
    assertThatCode(() -> Platform.check("Linux", "aarch64")).doesNotThrowAnyException();
  }

  @Test
  void aMissingNodeAClosedNodeAndAMissingRightNameTheirWaysOut() {
    assertThat(TunDevice.nodeError(Errno.ENOENT))
        .hasMessageContaining("modprobe tun")
        .hasMessageContaining("mknod");
    assertThat(TunDevice.nodeError(Errno.ENOENT).reason()).isEqualTo(Reason.UNAVAILABLE);
    assertThat(TunDevice.nodeError(Errno.EACCES)).hasMessageContaining("chmod 0666 /dev/net/tun");
    assertThat(TunDevice.nodeError(Errno.EPERM).reason()).isEqualTo(Reason.NO_PERMISSION);
    assertThat(TunDevice.attachError("tun0", Errno.EPERM))
        .hasMessageContaining("Operation not permitted (EPERM)")
        .hasMessageContaining("CAP_NET_ADMIN")
        .hasMessageContaining("sudo")
        .hasMessageContaining("unshare -Urn");
    assertThat(TunDevice.attachError("tun0", Errno.EBUSY).reason()).isEqualTo(Reason.IN_USE);
    assertThat(TunDevice.attachError("tun0", 71)).hasMessageContaining("Protocol error (errno 71)");
    assertThat(Netlink.refused(Errno.EPERM, null, "set tun0 up"))
        .hasMessageContaining("cannot set tun0 up")
        .hasMessageContaining("CAP_NET_ADMIN");
  }

  @Test
  void packetSocketsNameTheirWaysOut() {
    assertThat(PacketSocket.socketError(Errno.EPERM).reason()).isEqualTo(Reason.NO_PERMISSION);
    assertThat(PacketSocket.socketError(Errno.EPERM))
        .hasMessageContaining("CAP_NET_RAW")
        .hasMessageContaining("sudo")
        .hasMessageContaining("unshare -Urn");
    assertThat(PacketSocket.socketError(Errno.EAFNOSUPPORT).reason()).isEqualTo(Reason.UNAVAILABLE);
    assertThat(PacketSocket.interfaceError("eth7", Errno.ENODEV))
        .hasMessageContaining("eth7")
        .hasMessageContaining("ip link");
    assertThat(PacketRings.ringError("eth7", Errno.EINVAL))
        .hasMessageContaining("eth7")
        .hasMessageContaining("Linux 4.6");
    assertThat(PacketRings.ringError("eth7", 12).reason()).isEqualTo(Reason.FAILED);
    for (String bad : List.of("", "a b", "a/b", "sixteen-bytes-12", "a\nb")) {
      assertThatThrownBy(() -> PacketLink.open(PacketOptions.of(bad, List.of())))
          .as(bad)
          .isInstanceOfSatisfying(
              LinkException.class, e -> assertThat(e.reason()).isEqualTo(Reason.BAD_OPTION));
    }
  }

  @Test
  void namespacesNameTheirWaysOut() {
    assertThat(NetworkNamespace.openError("lab", Errno.ENOENT))
        .hasMessageContaining("lab")
        .hasMessageContaining("ip netns add");
    assertThat(NetworkNamespace.createError(Errno.EPERM)).hasMessageContaining("unshare -Urn");
    assertThat(NetworkNamespace.enterError("lab", Errno.EINVAL).reason())
        .isEqualTo(Reason.BAD_OPTION);
    assertThatThrownBy(() -> NetworkNamespace.open("sw-linux-that-does-not-exist"))
        .hasMessageContaining("sw-linux-that-does-not-exist");
    assertThatThrownBy(() -> NetworkNamespace.open("")).isInstanceOf(LinkException.class);
    assertThatThrownBy(() -> NetworkNamespace.open("..")).isInstanceOf(LinkException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "6.2, true",
    "6.2.0-39-generic, true",
    "6.18.44-fc-v669, true",
    "6.10, true",
    "7.0.1, true",
    "10.0, true",
    "6.1.90, false",
    "6.0, false",
    "5.19.17, false",
    "'', false",
    "6, false",
    "next, false",
    "99999.1, false"
  })
  void superDatagramsAreForKernelsThatTakeThem(String release, boolean taken) {
    assertThat(Platform.takesSuperDatagrams(release)).isEqualTo(taken);
  }
}
