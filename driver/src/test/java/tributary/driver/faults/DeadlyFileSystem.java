package tributary.driver.faults;

import java.io.IOException;
import java.lang.reflect.Field;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/**
 * Local files, one of which crashes in native code every process that opens it, as an image may
 * that a decoder has an error for. Hadoop makes it in drivers and executors; it needs no other
 * class of ours.
 */
public final class DeadlyFileSystem extends LocalFileSystem {
  /** Hadoop's setting for the name of that file. */
  static final String FILE = "tributary.test.deadly-file";

  /** Made by Hadoop. */
  public DeadlyFileSystem() {
    super(new Raw());
  }

  private static final class Raw extends RawLocalFileSystem {
    @Override
    public FSDataInputStream open(Path file, int bufferSize) throws IOException {
      if (file.getName().equals(getConf().get(FILE))) {
        crash();
      }
      return super.open(file, bufferSize);
    }

    /** Writes to address 0, which Java forbids and native code does. */
    private static void crash() throws IOException {
      try {
        Class<?> type = Class.forName("sun.misc.Unsafe");
        Field field = type.getDeclaredField("theUnsafe");
        field.setAccessible(true);
        type.getMethod("putAddress", long.class, long.class).invoke(field.get(null), 0L, 0L);
      } catch (ReflectiveOperationException e) {
        throw new IOException("cannot crash", e);
      }
    }
  }
}
