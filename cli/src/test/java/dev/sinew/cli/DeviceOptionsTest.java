package dev.sinew.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sinew.sockets.PollMode;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class DeviceOptionsTest {
  private static DeviceOptions parse(String... args) {
    return CommandLine.populateCommand(new DeviceOptions(), args);
  }

  private static String text(DeviceOptions.Choice c) {
    return c.tun() + " " + c.hosts() + " " + c.addresses();
  }

  @Test
  void aServerHasOneDeviceWithBothVersions() throws CliException {
    assertThat(parse().choices(0, 0))
        .singleElement()
        .extracting(DeviceOptionsTest::text)
        .isEqualTo("sinew0 [10.77.0.1/24, fd77::1/64] [10.77.0.2/24, fd77::2/64]");
  }

  @Test
  void aClientTriesOneAfterTheOther() throws CliException {
    List<DeviceOptions.Choice> choices = parse().choices(1, 9);
    assertThat(choices).hasSize(9);
    assertThat(text(choices.get(0)))
        .isEqualTo("sinew1 [10.77.1.1/24, fd77:1::1/64] [10.77.1.2/24, fd77:1::2/64]");
    assertThat(text(choices.get(8)))
        .isEqualTo("sinew9 [10.77.9.1/24, fd77:9::1/64] [10.77.9.2/24, fd77:9::2/64]");
  }

  @Test
  void whatIsNamedIsTakenOrRefused() throws CliException {
    assertThat(parse("--tun", "tun7").choices(1, 9))
        .singleElement()
        .extracting(DeviceOptions.Choice::tun)
        .isEqualTo("tun7");
    DeviceOptions bench =
        parse("--tun", "tun0", "--host", "10.231.0.1/24", "--addr", "10.231.0.2/24");
    assertThat(bench.choices(0, 0))
        .singleElement()
        .extracting(DeviceOptionsTest::text)
        .isEqualTo("tun0 [10.231.0.1/24] [10.231.0.2/24]");
  }

  @Test
  void anInterfaceHasNoHostsAndAGatewayForEachVersion() throws CliException {
    DeviceOptions options =
        parse(
            "--interface",
            "eth1",
            "--address",
            "10.1.0.2/24",
            "--addr",
            "fd00::2/64",
            "--gateway",
            "10.1.0.1",
            "--gateway",
            "fe80::1",
            "--conflict-check",
            "off");
    assertThat(options.choices(0, 0))
        .singleElement()
        .extracting(DeviceOptionsTest::text)
        .isEqualTo("eth1 [] [10.1.0.2/24, fd00::2/64]");
    assertThat(options.gateway(true)).hasToString("10.1.0.1");
    assertThat(options.gateway(false)).hasToString("fe80::1");
    assertThat(options.conflictCheck()).isFalse();
    assertThat(parse("--interface", "eth1").conflictCheck()).isTrue();
  }

  @Test
  void bothVersionsMayBeGiven() throws CliException {
    DeviceOptions options =
        parse(
            "--host",
            "10.1.0.1/24",
            "--host",
            "fd00::1/64",
            "--addr",
            "fd00::2/64",
            "--addr",
            "10.1.0.2/24",
            "--addr",
            "10.1.0.3/24");
    assertThat(options.choices(1, 9))
        .singleElement()
        .extracting(c -> c.addresses().size())
        .isEqualTo(3);
    assertThatThrownBy(() -> parse("--host", "10.1.0.1/24", "--addr", "fd00::2/64").choices(1, 9))
        .isInstanceOf(CliException.class);
  }

  @Test
  void belowItsSmallestMtuThereIsNoIpv6() throws CliException {
    assertThat(parse("--mtu", "1280").choices(0, 0).getFirst().hosts()).hasSize(2);
    assertThat(parse("--mtu", "1279").choices(0, 0).getFirst().hosts()).hasSize(1);
    assertThat(parse("--mtu", "68").choices(0, 0)).hasSize(1);
    assertThatThrownBy(() -> parse("--mtu", "65536").choices(0, 0))
        .isInstanceOf(CliException.class);
  }

  @Test
  void aTraceHasAFilterOrNone() {
    assertThat(parse().trace()).isNull();
    assertThat(parse("--trace").trace()).isEmpty();
    assertThat(parse("--trace=tcp port 80").trace()).isEqualTo("tcp port 80");
    assertThat(parse("--trace", "--pcap", "-").pcapToStdout()).isTrue();
  }

  @Test
  void theWayToWaitIsNamed() {
    assertThat(parse().pollMode()).isEqualTo(PollMode.ADAPTIVE);
    assertThat(parse("--poll", "spin").pollMode()).isEqualTo(PollMode.SPIN);
    assertThat(parse("--poll", "block").pollMode()).isEqualTo(PollMode.BLOCK);
  }
}
