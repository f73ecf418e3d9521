package tributary.datasets.text;

import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import tributary.datasets.Storage;
import tributary.datasets.shard.ShardInfo;
import tributary.datasets.shard.ShardReader;
import tributary.datasets.shard.Task;
import tributary.datasets.shard.TokenTable;

/**
 * Counts the tokens of a shard's examples once there is a vocabulary. Sent.
 *
 * @param folder of the dataset
 * @param task that the examples are for
 * @param vocabulary of the dataset
 */
public record TokenCounter(String folder, Task task, TokenTable vocabulary)
    implements Serializable {
  /** Who has shards counted, side by side or one after the other. */
  public interface Runner {
    /** What each shard comes to, in their order. */
    List<int[]> run(TokenCounter counter, List<ShardInfo> shards) throws IOException;
  }

  /** How many tokens each example of a shard has. */
  public int[] count(ShardInfo shard, Configuration hadoop) throws IOException {
    ExampleTokens tokens = new ExampleTokens(task, new Vocabulary(vocabulary));
    Path directory = new Path(folder);
    try (ShardReader reader =
        ShardReader.open(Storage.fileSystem(directory, hadoop), directory, shard)) {
      int[] counts = new int[reader.examples()];
      for (int i = 0; i < counts.length; i++) {
        counts[i] = tokens.of(reader.read(i)).length;
      }
      return counts;
    }
  }
}
