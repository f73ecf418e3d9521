package tributary.datasets.shard;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.security.DigestOutputStream;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileSystem;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tributary.datasets.Checks;
import tributary.datasets.Sha256;

/**
 * Copies of remote shards on a local disk, made beside the reading and used once they are whole. A
 * copy is named by its SHA-256, which was found right when it was made. Processes of a machine may
 * share a folder. Safe for several threads.
 */
public final class ShardCache {
  private static final Logger LOG = LoggerFactory.getLogger(ShardCache.class);
  private static final int COPY_BYTES = 1 << 20;
  private static final String ENDING = ".tar";

  /** By folder. Guarded by itself. */
  private static final Map<Path, ShardCache> CACHES = new HashMap<>();

  /** Shards that wait to be copied; of more the reading is remote for longer. */
  private static final int MAX_WAITING = 256;

  private final Path folder;
  private final long maxBytes;
  private final ThreadPoolExecutor copier;

  /**
   * Those that wait or are being copied, by SHA-256, and those that can't be. Guarded by itself.
   */
  private final Set<String> known = new HashSet<>();

  /**
   * The cache of this process in a folder, which is made if missing.
   *
   * @param maxBytes of all copies in the folder together; the first call for a folder decides
   * @throws IOException if it can't be made
   */
  public static ShardCache at(Path folder, long maxBytes) throws IOException {
    synchronized (CACHES) {
      Path key = folder.toAbsolutePath().normalize();
      ShardCache cache = CACHES.get(key);
      if (cache == null) {
        cache = new ShardCache(key, maxBytes);
        CACHES.put(key, cache);
      }
      return cache;
    }
  }

  /**
   * A cache in a folder, made if missing; the only one of this process there.
   *
   * @param maxBytes of all copies in the folder together; those unused for longest give way
   * @throws IOException if it can't be made
   */
  ShardCache(Path folder, long maxBytes) throws IOException {
    this.folder = Files.createDirectories(folder);
    this.maxBytes = maxBytes;
    this.copier =
        new ThreadPoolExecutor(
            1,
            1,
            1,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(MAX_WAITING),
            task -> {
              Thread thread = new Thread(task, "shard-cache");
              thread.setDaemon(true);
              return thread;
            },
            new ThreadPoolExecutor.DiscardPolicy());
    this.copier.allowCoreThreadTimeOut(true);
  }

  /**
   * The copy of a shard, marked as used; null if there is none yet: it is then made beside, unless
   * it does not fit.
   *
   * @param whole called when the copy is there, from another thread
   */
  Path copyOf(ShardInfo shard, FileSystem fs, org.apache.hadoop.fs.Path tar, Runnable whole) {
    Path copy = folder.resolve(shard.sha256() + ENDING);
    try {
      Files.setLastModifiedTime(copy, FileTime.fromMillis(System.currentTimeMillis()));
      return copy;
    } catch (IOException e) {
      LOG.debug("No copy of shard {} yet", shard.name(), e);
    }
    synchronized (known) {
      if (shard.bytes() > maxBytes || copier.getQueue().remainingCapacity() == 0) {
        return null;
      }
      if (known.add(shard.sha256())) {
        copier.execute(() -> copy(shard, fs, tar, copy, whole));
      }
    }
    return null;
  }

  private void copy(
      ShardInfo shard, FileSystem fs, org.apache.hadoop.fs.Path tar, Path copy, Runnable whole) {
    Path temporary = folder.resolve(".tmp-" + shard.name() + "-" + UUID.randomUUID());
    try {
      makeRoom(shard.bytes());
      String found = transfer(fs, tar, temporary);
      if (!found.equals(shard.sha256())) {
        throw new CorruptShardException(
            Checks.format("SHA-256: expected %s, found %s", shard.sha256(), found));
      }
      Files.move(temporary, copy, StandardCopyOption.ATOMIC_MOVE);
      synchronized (known) {
        known.remove(shard.sha256()); // if it gives way one day, it is copied again
      }
      whole.run();
    } catch (IOException | RuntimeException e) {
      LOG.warn("Shard {} cannot be copied to {}: it is read from where it lies", tar, folder, e);
    } finally {
      delete(temporary);
    }
  }

  private static String transfer(FileSystem fs, org.apache.hadoop.fs.Path from, Path to)
      throws IOException {
    try (InputStream in = fs.open(from, COPY_BYTES);
        OutputStream file = Files.newOutputStream(to, StandardOpenOption.CREATE_NEW);
        DigestOutputStream out = new DigestOutputStream(file, Sha256.digest())) {
      byte[] buffer = new byte[COPY_BYTES];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        out.write(buffer, 0, read);
      }
      return Sha256.hex(out.getMessageDigest().digest());
    }
  }

  /** Removes the copies unused for longest until so many bytes fit; others may still read them. */
  @SuppressWarnings("try") // the lock is held, not used
  private void makeRoom(long bytes) throws IOException {
    try (FileChannel channel =
            FileChannel.open(
                folder.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = channel.lock()) {
      List<Copy> copies = copies();
      long left = maxBytes - bytes - copies.stream().mapToLong(Copy::bytes).sum();
      for (Copy oldest : copies) {
        if (left >= 0) {
          return;
        }
        delete(oldest.file());
        left += oldest.bytes();
      }
    }
  }

  /** The one unused for longest first. */
  private List<Copy> copies() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.getFileName().toString().endsWith(ENDING))
          .map(Copy::of)
          .sorted(Comparator.comparing(Copy::used))
          .toList();
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      LOG.warn("Cannot remove {} from the shard cache", file, e);
    }
  }

  /** A file of the cache. */
  private record Copy(Path file, long bytes, FileTime used) {
    /** One that another process has just removed takes no room. */
    static Copy of(Path file) {
      try {
        return new Copy(file, Files.size(file), Files.getLastModifiedTime(file));
      } catch (NoSuchFileException e) {
        return new Copy(file, 0, FileTime.fromMillis(0));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
