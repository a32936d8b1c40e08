package orders;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sinew.junit.Link;
import dev.sinew.junit.SimTest;
import dev.sinew.sim.SimHost;
import org.junit.jupiter.api.Tag;

/**
 * The hunt for the bug of the hasty client. It fails, as it should, and is left out of an ordinary
 * run: {@code mvn test -DexcludedGroups= -Dgroups=demonstration}.
 */
@Tag("demonstration")
@Link("client-server: delay 20ms loss 0.2%")
class HastyOrdersHuntTest {
  @SimTest(sweep = 1000)
  void everyOrderIsBookedOnce(SimHost client, SimHost server) throws Exception {
    OrderServer orders = OrdersTest.start(server);
    var placing = new HastyOrderClient(client.sockets().socketFactory(), server.socketAddress(4000), "c");
    for (int i = 1; i <= 5; i++) {
      placing.order(i);
    }
    client.runner().sleep(5_000_000_000L);
    assertEquals(5, orders.booked().size());
  }
}
