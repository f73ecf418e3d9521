package tributary.driver.round;

import java.io.IOException;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.learning.config.IUpdater;
import tributary.datasets.shard.Dataset;
import tributary.datasets.testing.FashionMnist;
import tributary.worker.engine.EngineSettings;
import tributary.worker.executor.ReplicaSetup;
import tributary.worker.model.ModelConfiguration;
import tributary.worker.train.InputSettings;

/** Runs of a small network on a few images, in the test's own process. */
final class TinyRuns {
  /** Training examples, in uneven shards of 170, 170, 170 and 100. */
  static final int TRAIN = 610;

  private TinyRuns() {}

  static SparkReplicas replicas(JavaSparkContext spark, ModelConfiguration model)
      throws IOException {
    return new SparkReplicas(spark, setup(model));
  }

  static ReplicaSetup setup(ModelConfiguration model) throws IOException {
    Path shards = FashionMnist.shards(TRAIN, 50, 170);
    try (Dataset dataset = Dataset.open(shards.toUri().toString(), new Configuration())) {
      return new ReplicaSetup(
          model,
          new EngineSettings(EngineSettings.Type.TORCH, 1),
          InputSettings.plain(dataset, "train", new InputSettings.Order(16, 8)));
    }
  }

  /** A network whose gradient of a joined minibatch is the mean of its parts' gradients. */
  static ModelConfiguration plain(IUpdater updater) {
    return ModelConfiguration.of(
        layers(updater)
            .layer(new OutputLayer.Builder().nOut(10).activation(Activation.SOFTMAX).build())
            .setInputType(InputType.convolutional(28, 28, 1))
            .build());
  }

  /** A network with batch normalisation, and so with statistics. */
  static ModelConfiguration normalized(IUpdater updater) {
    return ModelConfiguration.of(
        layers(updater)
            .layer(new BatchNormalization())
            .layer(new OutputLayer.Builder().nOut(10).activation(Activation.SOFTMAX).build())
            .setInputType(InputType.convolutional(28, 28, 1))
            .build());
  }

  private static NeuralNetConfiguration.ListBuilder layers(IUpdater updater) {
    return new NeuralNetConfiguration.Builder()
        .seed(5)
        .updater(updater)
        .activation(Activation.RELU)
        .list()
        .layer(new ConvolutionLayer.Builder(5, 5).stride(2, 2).nOut(4).build());
  }
}
