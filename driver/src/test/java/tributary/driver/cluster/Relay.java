package tributary.driver.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Takes the bytes of TCP connections from one address to another over a {@link BadLine}. A
 * connection's end goes the same way as its bytes.
 */
final class Relay implements AutoCloseable {
  private static final int CHUNK = 8192;
  private static final int CHUNKS_UNDER_WAY = 64;
  private static final byte[] END = {};

  private final BadLine line;
  private final InetSocketAddress target;
  private final ServerSocket server;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final ExecutorService threads =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "relay");
            thread.setDaemon(true);
            return thread;
          });

  private Relay(BadLine line, ServerSocket server, InetSocketAddress target) {
    this.line = line;
    this.server = server;
    this.target = target;
  }

  /** Relays what connects to {@code from}, until it is closed. */
  static Relay start(BadLine line, InetSocketAddress from, InetSocketAddress target)
      throws IOException {
    ServerSocket server = new ServerSocket();
    server.setReuseAddress(true);
    server.bind(from);
    Relay relay = new Relay(line, server, target);
    relay.threads.execute(relay::accept);
    return relay;
  }

  /** Ends all connections as a firewall does that has forgotten them: both sides are told. */
  void reset() {
    for (Socket socket : sockets) {
      end(socket);
    }
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    reset();
    threads.shutdownNow();
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        connect(server.accept());
      } catch (IOException e) {
        // Closed, or nobody is there: whoever connected finds its connection closed.
      }
    }
  }

  private void connect(Socket near) throws IOException {
    Socket far = new Socket();
    sockets.add(near);
    sockets.add(far);
    try {
      near.setTcpNoDelay(true);
      far.connect(target);
      far.setTcpNoDelay(true);
    } catch (IOException e) {
      end(near);
      end(far);
      throw e;
    }
    relay(near, far, line.there());
    relay(far, near, line.back());
  }

  private void relay(Socket from, Socket to, BadLine.Direction direction) {
    BlockingQueue<Chunk> underWay = new ArrayBlockingQueue<>(CHUNKS_UNDER_WAY);
    threads.execute(() -> read(from, underWay));
    threads.execute(() -> write(underWay, to, direction));
  }

  private static void read(Socket from, BlockingQueue<Chunk> underWay) {
    byte[] buffer = new byte[CHUNK];
    try {
      try {
        int read = from.getInputStream().read(buffer);
        while (read >= 0) {
          underWay.put(new Chunk(Arrays.copyOf(buffer, read), System.nanoTime()));
          read = from.getInputStream().read(buffer);
        }
      } catch (IOException e) {
        // A reset: the other side learns of the end like of any other.
      }
      underWay.put(new Chunk(END, System.nanoTime()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void write(BlockingQueue<Chunk> underWay, Socket to, BadLine.Direction direction) {
    try {
      Chunk chunk = underWay.take();
      while (chunk.bytes() != END) {
        direction.carry(chunk.bytes().length, chunk.sent());
        to.getOutputStream().write(chunk.bytes());
        chunk = underWay.take();
      }
      direction.carry(0, chunk.sent());
      to.shutdownOutput();
    } catch (IOException e) {
      end(to);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void end(Socket socket) {
    sockets.remove(socket);
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException e) {
      // It was closed before.
    }
  }

  /** Bytes, and when they were sent. */
  @SuppressWarnings("ArrayRecordComponent") // never compared but with END
  private record Chunk(byte[] bytes, long sent) {}
}
