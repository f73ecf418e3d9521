package tributary.driver.features;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSError;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.hadoop.util.HadoopStreams;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.PositionOutputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tributary.datasets.Storage;
import tributary.datasets.shard.BadExample;
import tributary.worker.features.FeatureRow;

/**
 * A Parquet file while it is written; rows go to it as they come, a few megabytes of them wait in
 * memory. Its footer keeps a {@link Note}. Executor only.
 */
final class FeatureFile implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(FeatureFile.class);

  /** Name of the note in the footer. */
  private static final String NOTE = "tributary.features";

  private static final long ROW_GROUP_BYTES = 16L << 20;

  private static final JsonMapper JSON = new JsonMapper();

  private final ParquetWriter<FeatureRow> writer;
  private final RowWriteSupport support;
  private final List<Integer> lengths = new ArrayList<>();
  private long rows;

  /**
   * What a file knows of itself, told by its footer.
   *
   * @param made SHA-256 of what the table was made by
   * @param rows how many there are
   * @param lengths of the vectors of each column; empty if there are none
   * @param bad the examples that have rows without vectors
   */
  record Note(String made, long rows, List<Integer> lengths, List<BadExample> bad)
      implements java.io.Serializable {
    Note {
      lengths = List.copyOf(lengths);
      bad = List.copyOf(bad);
    }
  }

  private FeatureFile(FileSystem fs, Path file, List<String> vectors) throws IOException {
    this.support = new RowWriteSupport(vectors);
    Builder builder = new Builder(new Target(fs, file), support);
    for (String vector : vectors) {
      // Their values hardly come twice.
      builder = builder.withDictionaryEncoding(vector + ".list.element", false);
    }
    this.writer =
        builder
            .withConf(fs.getConf())
            .withRowGroupSize(ROW_GROUP_BYTES)
            .withCompressionCodec(CompressionCodecName.SNAPPY)
            .withPageWriteChecksumEnabled(true)
            .build();
  }

  /** Writes rows. */
  interface Rows {
    /** Adds them, and returns the bad examples among them. */
    List<BadExample> addTo(FeatureFile file) throws IOException;
  }

  /**
   * Writes a file whole or not at all: it is written under another name, and renamed. Of several
   * writers the last one's file stays.
   *
   * @param made SHA-256 of what the table is made by
   */
  static Note commit(FileSystem fs, Path file, List<String> vectors, String made, Rows rows)
      throws IOException {
    Path temporary = Storage.temporarySibling(file);
    try {
      Note note;
      try (FeatureFile out = new FeatureFile(fs, temporary, vectors)) {
        note = out.finish(made, rows.addTo(out));
      }
      Storage.replace(fs, temporary, file);
      return note;
    } catch (FSError e) {
      throw Storage.unwrapped(e);
    } finally {
      fs.delete(temporary, /* recursive= */ false);
    }
  }

  /** Writes the next row. */
  void add(FeatureRow row) throws IOException {
    writer.write(row);
    rows++;
    if (lengths.isEmpty()) {
      row.vectors().forEach(vector -> lengths.add(vector.length));
    }
  }

  private Note finish(String made, List<BadExample> bad) {
    Note note = new Note(made, rows, lengths, bad);
    try {
      support.finish(Map.of(NOTE, JSON.writeValueAsString(note)));
    } catch (JsonProcessingException e) {
      throw new AssertionError("records of strings and numbers are always JSON", e);
    }
    return note;
  }

  @Override
  public void close() throws IOException {
    writer.close();
  }

  /** The note of a file; empty if there is no file, or none that is whole. */
  static Optional<Note> note(FileSystem fs, Path file, Configuration hadoop) throws IOException {
    if (!fs.exists(file)) {
      return Optional.empty();
    }
    try (ParquetFileReader reader =
        ParquetFileReader.open(HadoopInputFile.fromPath(file, hadoop))) {
      String text = reader.getFileMetaData().getKeyValueMetaData().get(NOTE);
      Note note = text == null ? null : JSON.readValue(text, Note.class);
      return Optional.ofNullable(note).filter(of -> of.rows() == reader.getRecordCount());
    } catch (IOException | RuntimeException e) { // Parquet's for what is no such file
      LOG.warn("The file {} is damaged and will be written again: {}", file, e.getMessage());
      return Optional.empty();
    }
  }

  private static final class Builder extends ParquetWriter.Builder<FeatureRow, Builder> {
    private final RowWriteSupport support;

    Builder(OutputFile file, RowWriteSupport support) {
      super(file);
      this.support = support;
    }

    @Override
    protected Builder self() {
      return this;
    }

    @Override
    protected RowWriteSupport getWriteSupport(Configuration conf) {
      return support;
    }
  }

  /** A file of {@link tributary.datasets.Storage}'s file systems. */
  private record Target(FileSystem fs, Path file) implements OutputFile {
    @Override
    public PositionOutputStream create(long blockSizeHint) throws IOException {
      return HadoopStreams.wrap(fs.create(file, /* overwrite= */ false));
    }

    @Override
    public PositionOutputStream createOrOverwrite(long blockSizeHint) throws IOException {
      return HadoopStreams.wrap(fs.create(file, /* overwrite= */ true));
    }

    @Override
    public boolean supportsBlockSize() {
      return false;
    }

    @Override
    public long defaultBlockSize() {
      return fs.getDefaultBlockSize(file);
    }
  }
}
