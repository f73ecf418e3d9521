package tributary.datasets.source;

import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import tributary.datasets.shard.BadExampleException;
import tributary.datasets.shard.Task;

/**
 * Images whose rows are listed, and whose bytes are read, by somebody else: those of a table. Sent.
 *
 * @param place where they are from
 * @param classes names in label order; empty for those of the rows, sorted
 */
public record LoadedImages(String place, List<String> classes) implements ExampleSource {
  /** Refuses missing parts. */
  public LoadedImages {
    classes = List.copyOf(classes);
  }

  /** What an example is made of. */
  public static SortedMap<String, byte[]> fields(byte[] content) throws BadExampleException {
    SourceFiles.requireSize(content.length);
    return new TreeMap<>(Map.of(Preparation.IMAGE, content));
  }

  @Override
  public Task task() {
    return Task.IMAGE_CLASSIFICATION;
  }

  @Override
  public List<Part> parts() {
    return List.of(Part.of(PackPlan.TRAIN, place, null, 0));
  }

  /** As a table of files is, which come folder by folder. */
  @Override
  public boolean isGrouped() {
    return true;
  }

  @Override
  public Rows list(Part part, Configuration hadoop) {
    throw new UnsupportedOperationException("whoever has the images lists them");
  }

  /** Of those that came without their bytes. */
  @Override
  public RowReader open(Configuration hadoop) {
    return new RowReader() {
      @Override
      public SortedMap<String, byte[]> read(Part part, Row row) throws BadExampleException {
        throw new BadExampleException("it has no content");
      }

      @Override
      public void close() {
        // Nothing is open.
      }
    };
  }
}
