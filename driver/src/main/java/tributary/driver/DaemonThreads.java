package tributary.driver;

import java.util.concurrent.ThreadFactory;

/**
 * Makes threads that do not keep a process alive.
 *
 * @param name of each, as thread dumps tell it
 */
public record DaemonThreads(String name) implements ThreadFactory {
  @Override
  public Thread newThread(Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    return thread;
  }
}
