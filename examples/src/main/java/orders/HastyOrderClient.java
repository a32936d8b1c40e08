package orders;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import javax.net.SocketFactory;

/**
 * The same client with a bug that passes every test on a good network: each attempt has an id of its
 * own. A timeout does not tell whether the order was booked; when a segment was lost it was, or soon
 * will be, and the second attempt is booked too.
 */
public final class HastyOrderClient extends OrderClient {
  public HastyOrderClient(SocketFactory sockets, InetSocketAddress server, String name) {
    super(sockets, server, name);
  }

  @Override
  public void order(int amount) throws IOException {
    while (true) {
      try {
        place(nextId(), amount);
        return;
      } catch (SocketTimeoutException e) {
        // Once more.
      }
    }
  }
}
