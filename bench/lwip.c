// The services of the benchmark on Debian's lwIP (package liblwip-dev), on the TAP device that
// PRECONFIGURED_TAPIF names: echo 7, one byte 8, discard 9, chargen 19. Threads and netconns, the way the
// package is built. Speaks as ServerMain does: says "ready", answers each line, ends with its input.
#include <stdio.h>
#include <string.h>
#include "lwip/api.h"
#include "lwip/netif.h"
#include "lwip/tcp.h"
#include "lwip/tcpip.h"
#include "netif/tapif.h"

static char pattern[65536];

static void serve(void *arg) {
  struct netconn *c = arg;
  struct netbuf *buf;
  ip_addr_t local;
  u16_t port = 0;
  netconn_addr(c, &local, &port);
  if (port == 19) {
    while (netconn_write(c, pattern, sizeof pattern, NETCONN_NOCOPY) == ERR_OK) {
    }
  } else {
    int answered = 0;
    while (netconn_recv(c, &buf) == ERR_OK) {
      do {
        void *data;
        u16_t length;
        netbuf_data(buf, &data, &length);
        if (port == 7 || (port == 8 && !answered)) {
          netconn_write(c, data, length, NETCONN_COPY);
          answered = 1;
        }
      } while (netbuf_next(buf) >= 0);
      netbuf_delete(buf);
    }
  }
  netconn_close(c);
  netconn_delete(c);
}

static void accept_on(void *arg) {
  int port = *(int *)arg;
  struct netconn *listener = netconn_new(NETCONN_TCP);
  struct netconn *c;
  netconn_bind(listener, IP_ADDR_ANY, (u16_t)port);
  netconn_listen(listener);
  for (;;) {
    if (netconn_accept(listener, &c) != ERR_OK) {
      continue;
    }
    tcp_nagle_disable(c->pcb.tcp);
    if (port == 8) {
      serve(c); // one after the other: a thread for each would be the load
    } else {
      sys_thread_new("serve", serve, c, 0, 0);
    }
  }
}

int main(void) {
  static int ports[] = {7, 8, 9, 19};
  static struct netif tap;
  ip4_addr_t address, mask, gateway;
  char line[256];
  memset(pattern, 'x', sizeof pattern);
  tcpip_init(NULL, NULL);
  IP4_ADDR(&address, 10, 231, 0, 2);
  IP4_ADDR(&mask, 255, 255, 255, 0);
  IP4_ADDR(&gateway, 10, 231, 0, 1);
  LOCK_TCPIP_CORE();
  if (netif_add(&tap, &address, &mask, &gateway, NULL, tapif_init, tcpip_input) == NULL) {
    puts("lwIP does not take the TAP device");
    return 4;
  }
  netif_set_default(&tap);
  netif_set_up(&tap);
  netif_set_link_up(&tap);
  UNLOCK_TCPIP_CORE();
  for (int i = 0; i < 4; i++) {
    sys_thread_new("accept", accept_on, &ports[i], 0, 0);
  }
  puts("ready");
  fflush(stdout);
  while (fgets(line, sizeof line, stdin)) {
    puts("0 0 0 0 0");
    fflush(stdout);
  }
  return 0;
}
