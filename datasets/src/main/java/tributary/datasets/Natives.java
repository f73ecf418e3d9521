package tributary.datasets;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Set;
import org.bytedeco.javacpp.Loader;

/**
 * Loads native libraries, one process of a machine at a time. One state per JVM.
 *
 * <p>JavaCPP unpacks libraries from jars into a cache folder that all processes of a user share.
 * Processes that unpack at the same time can load a half-written library, so the first load of each
 * class holds a lock file beside that folder.
 */
public final class Natives {
  private static final Set<Class<?>> LOADED = new HashSet<>();

  private Natives() {}

  /**
   * Loads the libraries of some JavaCPP classes; does nothing for those already loaded.
   *
   * @param classes JavaCPP classes, for example {@code opencv_core.class}
   * @throws UnsatisfiedLinkError if a library is missing for this platform
   */
  @SuppressWarnings("try") // the lock is held, not used
  public static synchronized void load(Class<?>... classes) {
    Set<Class<?>> wanted = new HashSet<>(Set.of(classes));
    wanted.removeAll(LOADED);
    if (wanted.isEmpty()) {
      return;
    }
    try (FileChannel channel = openLockFile();
        FileLock lock = channel.lock()) {
      for (Class<?> each : classes) {
        Loader.load(each);
        LOADED.add(each);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot lock JavaCPP's cache folder", e);
    }
  }

  private static FileChannel openLockFile() throws IOException {
    Path cache = Loader.getCacheDir().toPath();
    return FileChannel.open(
        cache.resolveSibling(cache.getFileName() + ".lock"),
        StandardOpenOption.CREATE,
        StandardOpenOption.WRITE);
  }
}
