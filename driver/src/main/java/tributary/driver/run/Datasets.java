package tributary.driver.run;

import java.io.IOException;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.MissingDatasetException;
import tributary.datasets.shard.Task;
import tributary.driver.conf.ConfigurationException;
import tributary.driver.conf.Key;
import tributary.driver.conf.Settings;

/** Opens the dataset that the settings name. */
public final class Datasets {
  private static final List<Task> TRAINABLE =
      List.of(
          Task.IMAGE_CLASSIFICATION, Task.TEXT_CLASSIFICATION, Task.TAGGING, Task.LANGUAGE_MODEL);

  private Datasets() {}

  /**
   * The dataset at {@code data.path}; the caller closes it.
   *
   * @param splits settings that name the splits which are needed
   * @throws ConfigurationException if no path is set
   * @throws MissingDatasetException if there is no dataset, no such split, or no example in it
   * @throws DataException if it lacks what the settings want to train by
   */
  public static Dataset open(Settings settings, Configuration hadoop, List<Key> splits)
      throws IOException {
    return open(settings, hadoop, splits, TRAINABLE);
  }

  private static Dataset open(
      Settings settings, Configuration hadoop, List<Key> splits, List<Task> tasks)
      throws IOException {
    String path = settings.text(Key.DATA_PATH);
    if (path.isEmpty()) {
      throw new ConfigurationException(
          List.of("data.path is not set: name a packed dataset with --data DIR"));
    }
    Dataset dataset = Dataset.open(path, hadoop);
    try {
      requireOneOf(tasks, dataset.manifest().task(), path);
      Splits.requireFits(settings, dataset.manifest());
      for (Key split : splits) {
        requireExamples(dataset, settings.text(split), path);
      }
      if (splits.contains(Key.TRAIN_SPLIT)) {
        ReplicaSetups.profile(settings, dataset);
        Splits.trained(settings, dataset.manifest());
      }
      return dataset;
    } catch (IOException | RuntimeException e) {
      dataset.close();
      throw e;
    }
  }

  /**
   * The same, of images.
   *
   * @throws DataException if the dataset holds others
   */
  public static Dataset openImages(Settings settings, Configuration hadoop, List<Key> splits)
      throws IOException {
    return open(settings, hadoop, splits, List.of(Task.IMAGE_CLASSIFICATION));
  }

  /**
   * Passes if networks can be trained on examples for that task.
   *
   * @param path of the dataset
   * @throws DataException if they cannot
   */
  public static void requireTrainable(Task task, String path) throws DataException {
    requireOneOf(TRAINABLE, task, path);
  }

  private static void requireOneOf(List<Task> tasks, Task task, String path) throws DataException {
    if (!tasks.contains(task)) {
      throw new DataException(
          Checks.format(
              "The dataset %s is for %s: expected one for %s",
              path, task, tasks.stream().map(Task::title).collect(Collectors.joining(" or "))));
    }
  }

  private static void requireExamples(Dataset dataset, String split, String path)
      throws IOException {
    if (dataset.manifest().examples(split) == 0) {
      throw new MissingDatasetException(
          Checks.format("Split %s of the dataset %s holds no examples", split, path));
    }
  }
}
