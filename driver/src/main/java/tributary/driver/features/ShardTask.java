package tributary.driver.features;

import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import tributary.datasets.Storage;
import tributary.driver.exchange.SharedVector;
import tributary.driver.spark.SetupOnExecutors;
import tributary.driver.spark.TaskOutcome;
import tributary.worker.features.FeatureSettings;
import tributary.worker.model.ModelState;

/**
 * Extracts the features of one shard into one file, whole or not at all: of several tasks that do
 * so the last one's file stays, which has the same rows. Sent.
 *
 * @param setups what executors run, by split
 * @param parameters of the model
 * @param optimizerLength values of its optimizer's state, which is not used
 * @param features which vectors are wanted
 * @param folder URI of the table's folder
 * @param madeBy digest of what they follow from
 */
record ShardTask(
    Map<String, SetupOnExecutors> setups,
    SharedVector parameters,
    int optimizerLength,
    FeatureSettings features,
    String folder,
    String madeBy)
    implements Serializable {
  /** Does the work. */
  TaskOutcome<FeatureFile.Note> extract(Shard shard) throws IOException {
    ModelState state = new ModelState(parameters.values(), new float[optimizerLength]);
    SetupOnExecutors setup = setups.get(shard.split());
    Configuration hadoop = setup.hadoop().value().value();
    Path file = FeatureFolder.at(folder, hadoop).file(shard);
    List<String> columns = FeatureSchema.vectors(features.layers());
    return setup.run(
        runtime ->
            FeatureFile.commit(
                Storage.fileSystem(file, hadoop),
                file,
                columns,
                madeBy,
                out -> runtime.extract(shard.places(), features, state, out::add)));
  }
}
