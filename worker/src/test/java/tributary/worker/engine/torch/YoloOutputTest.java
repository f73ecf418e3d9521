package tributary.worker.engine.torch;

import java.util.SplittableRandom;
import org.deeplearning4j.nn.conf.CNN2DFormat;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BatchNormalization;
import org.deeplearning4j.nn.conf.layers.ConvolutionLayer;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.objdetect.Yolo2OutputLayer;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.impl.LossL1;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import tributary.datasets.Seeds;

class YoloOutputTest {
  private static final int BOXES = 2;
  private static final int CLASSES = 3;
  private static final int HEIGHT = 4;
  private static final int WIDTH = 5;

  @Test
  void findsObjectsAsDl4jDoes() {
    Parity.assertAgree(stack(yolo().build()), YoloOutputTest::scenes);
  }

  @Test
  void followsOtherLossesAndWeights() {
    Parity.assertAgree(
        stack(
            yolo()
                .lambdaCoord(2)
                .lambdaNoObj(0.1)
                .lossPositionScale(new LossL1())
                .lossClassPredictions(new LossMCXENT())
                .build()),
        YoloOutputTest::scenes);
  }

  @Test
  void followsTheSlopesOfTheLoss() {
    ScoreSlopes.assertFollowed(stack(yolo().build()), scenes(1));
  }

  @Test
  void findsObjectsInChannelsLast() {
    Parity.assertAgree(
        Stacks.ending(
            new Sgd(0.01),
            InputType.convolutional(HEIGHT, WIDTH, BOXES * (5 + CLASSES), CNN2DFormat.NHWC),
            new BatchNormalization(),
            yolo().build()),
        step -> {
          MultiDataSet data = scenes(step);
          int size = (int) data.getLabels(0).size(0);
          return new MultiDataSet(
              Data.values(step, size, HEIGHT, WIDTH, BOXES * (5 + CLASSES)),
              data.getLabels(0).permute(0, 2, 3, 1).dup('c'));
        });
  }

  private static Yolo2OutputLayer.Builder yolo() {
    INDArray sizes = Nd4j.createFromArray(new float[][] {{1, 1.5f}, {2.5f, 2}});
    return new Yolo2OutputLayer.Builder().boundingBoxPriors(sizes);
  }

  private static MultiLayerConfiguration stack(Layer output) {
    return Stacks.ending(
        new Sgd(0.01),
        InputType.convolutional(HEIGHT, WIDTH, 3),
        new ConvolutionLayer.Builder(1, 1)
            .nOut(BOXES * (5 + CLASSES))
            .activation(Activation.IDENTITY)
            .build(),
        output);
  }

  /** Images with three objects each. */
  private static MultiDataSet scenes(int step) {
    int size = 3 + (step & 3);
    SplittableRandom random = Seeds.random(35, step);
    INDArray labels = Nd4j.zeros(size, 4 + CLASSES, HEIGHT, WIDTH);
    for (int i = 0; i < 3 * size; i++) {
      int row = random.nextInt(HEIGHT);
      int column = random.nextInt(WIDTH);
      double width = 0.5 + 2 * random.nextDouble();
      double height = 0.5 + 2 * random.nextDouble();
      double x = column + random.nextDouble();
      double y = row + random.nextDouble();
      double[] edges = {x - width / 2, y - height / 2, x + width / 2, y + height / 2};
      int kind = random.nextInt(CLASSES);
      for (int k = 0; k < 4 + CLASSES; k++) {
        double value = k < 4 ? edges[k] : k - 4 == kind ? 1 : 0;
        labels.putScalar(new int[] {i % size, k, row, column}, value);
      }
    }
    return new MultiDataSet(Data.values(step, size, 3, HEIGHT, WIDTH), labels);
  }
}
