package tributary.datasets.source;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import us.hebi.matlab.mat.format.BufferAllocator;
import us.hebi.matlab.mat.format.Mat5;
import us.hebi.matlab.mat.format.Mat5File;
import us.hebi.matlab.mat.types.Sources;
import us.hebi.matlab.mat.types.Struct;

/**
 * The classes of ILSVRC2012's development kit: {@code meta.mat}, a MATLAB file whose struct array
 * {@code synsets} has, among others, the fields {@code ILSVRC2012_ID} (1 to 1000 for the classes
 * that images have) and {@code WNID}.
 */
final class SynsetTable {
  private static final String SYNSETS = "synsets";

  /** The kit has 1,860; memory is taken for as many as a file claims to have. */
  private static final int MAX_SYNSETS = 1 << 16;

  private static final int MAX_BYTES = 1 << 26;

  private SynsetTable() {}

  /**
   * WordNet id by the number of the kit.
   *
   * @param place of the file, for error messages
   * @throws DataException if it is no such file
   */
  static Map<Integer, String> read(byte[] mat, String place) throws DataException {
    Map<Integer, String> ids = new HashMap<>();
    try {
      Mat5File file =
          Mat5.newReader(Sources.wrap(ByteBuffer.wrap(mat)))
              .disableSubsystemProcessing()
              .setEntryFilter(
                  entry -> entry.getName().equals(SYNSETS) && entry.getNumElements() <= MAX_SYNSETS)
              .setBufferAllocator(new Frugal())
              .readMat();
      Struct synsets = file.getStruct(SYNSETS);
      for (int i = 0; i < synsets.getNumElements(); i++) {
        int number = synsets.getMatrix("ILSVRC2012_ID", i).getInt(0);
        ids.put(number, synsets.getChar("WNID", i).getString().intern());
      }
    } catch (IOException | RuntimeException e) { // the library tells damage by any of them
      throw new DataException(
          Checks.format(
              "Bad meta.mat in %s: expected a struct 'synsets' with ILSVRC2012_ID and WNID: %s",
              place, e.getMessage()),
          e);
    }
    return ids;
  }

  /** Memory for no more than a file of this kind may need. */
  private static final class Frugal implements BufferAllocator {
    private long taken;

    @Override
    public ByteBuffer allocate(int bytes) {
      taken += bytes;
      Checks.argument(
          bytes >= 0 && taken <= MAX_BYTES, "it needs more than %d bytes of memory", MAX_BYTES);
      return ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
    }

    @Override
    public void release(ByteBuffer buffer) {
      taken -= buffer.capacity();
    }
  }
}
