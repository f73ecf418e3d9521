package tributary.driver.features;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** What two Parquet files of the same rows share to the byte. */
public final class ParquetPages {
  private ParquetPages() {}

  /** All of a file but its footer, in which Parquet's library lists encodings in any order. */
  public static byte[] of(byte[] file) {
    int footer = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getInt(file.length - 8);
    return Arrays.copyOf(file, file.length - 8 - footer);
  }
}
