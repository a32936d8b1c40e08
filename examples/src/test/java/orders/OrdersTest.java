package orders;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sinew.junit.Link;
import dev.sinew.junit.SimTest;
import dev.sinew.junit.Wire;
import dev.sinew.sim.SimHost;
import dev.sinew.sim.SimLink;

/** The client and the server as they are meant to be, and what a lost segment does to the hasty one. */
@Link("client-server: delay 20ms loss 3%")
class OrdersTest {
  /** Ordinary sockets, and a thread for each connection: both are the simulation's. */
  static OrderServer start(SimHost host) {
    OrderServer server =
        new OrderServer(
            host.sockets().serverSocketFactory(), 4000, task -> host.start("connection", task::run));
    host.start("orders", server::run);
    return server;
  }

  @SimTest(sweep = 300)
  void everyOrderIsBookedOnceOnABadNetwork(SimHost client, SimHost server) throws Exception {
    OrderServer orders = start(server);
    var placing = new OrderClient(client.sockets().socketFactory(), server.socketAddress(4000), "c");
    for (int i = 1; i <= 20; i++) {
      placing.order(i);
    }
    client.runner().sleep(5_000_000_000L); // whatever is still under way arrives
    assertEquals(20, orders.booked().size());
  }

  @SimTest
  @Link("client-server: delay 20ms")
  void withoutLossTheHastyClientIsRightToo(SimHost client, SimHost server, Wire wire) throws Exception {
    OrderServer orders = start(server);
    new HastyOrderClient(client.sockets().socketFactory(), server.socketAddress(4000), "c").order(10);
    assertEquals(1, orders.booked().size());
    wire.noRetransmissions();
  }

  /** The bug as small as it gets: one answer is lost. */
  @SimTest
  @Link("client-server: delay 20ms")
  void oneLostAnswerBooksTwice(SimHost client, SimHost server, SimLink link) throws Exception {
    OrderServer orders = start(server);
    link.backward().dropDataSegments(1);
    new HastyOrderClient(client.sockets().socketFactory(), server.socketAddress(4000), "c").order(10);
    assertEquals(2, orders.booked().size());
  }

  /** The seed that the hunt found. */
  @SimTest(seeds = 1)
  void underThisSeedTheHastyClientBooksTwice(SimHost client, SimHost server) throws Exception {
    OrderServer orders = start(server);
    var placing = new HastyOrderClient(client.sockets().socketFactory(), server.socketAddress(4000), "c");
    for (int i = 1; i <= 20; i++) {
      placing.order(i);
    }
    client.runner().sleep(5_000_000_000L);
    assertTrue(orders.booked().size() > 20, orders.booked() + " were booked");
  }
}
