package tributary.worker.engine.torch;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.deeplearning4j.nn.conf.layers.objdetect.Yolo2OutputLayer;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;

/**
 * Objects in a grid of cells: Redmon et al., arXiv:1506.02640, equation 3, with the boxes of Redmon
 * and Farhadi, arXiv:1612.08242, section 2. Every cell has some boxes, and every box two
 * coordinates, two sizes, a confidence and class probabilities: {@code [n, boxes * (5 + classes),
 * height, width]}. Labels are {@code [n, 4 + classes, height, width]}: in the cell of an object's
 * center its left, top, right and bottom edge, in units of cells, and its class; zeros elsewhere.
 */
final class YoloOutput implements TorchOutput {
  private final Yolo2OutputLayer layer;
  private final float[] priors;
  private final TorchLoss placing;
  private final TorchLoss naming;

  private YoloOutput(Site site) {
    layer = site.as(Yolo2OutputLayer.class);
    priors = layer.getBoundingBoxes().dup('c').data().asFloat();
    placing = TorchLosses.of(layer.getLossPositionScale(), new ActivationIdentity(), site);
    naming = TorchLosses.of(layer.getLossClassPredictions(), new ActivationSoftmax(), site);
  }

  static TorchLayer of(Site site) {
    YoloOutput output = new YoloOutput(site);
    return Formats.channelsFirst(output.layer.getFormat(), output);
  }

  @Override
  public Masked forward(Masked input, Pass pass) {
    Boxes boxes = boxes(input.values());
    TensorVector parts =
        new TensorVector(
            boxes.centers, boxes.sizes, boxes.confidences.unsqueeze(2), boxes.sums.softmax(2));
    return input.with(torch.cat(parts, 2).view_as(input.values()));
  }

  @Override
  public Tensor loss(Masked input, Masked labels, Pass pass) {
    Boxes boxes = boxes(Autocast.widened(input.values()));
    Truth truth = Truth.of(labels.values());
    Tensor overlaps = boxes.overlaps(truth);
    Tensor responsible = responsible(overlaps, truth);
    Tensor rows = responsible.reshape(-1, 1);
    Tensor places = placing.sum(rows(boxes.centers), truth.rows(truth.inCell(), boxes), rows);
    Tensor sizes =
        placing.sum(rows(boxes.sizes.sqrt()), truth.rows(truth.sizes().sqrt(), boxes), rows);
    Tensor names = naming.sum(rows(boxes.sums), truth.rows(truth.classes, boxes), rows);
    return places
        .add(sizes)
        .mul(new Scalar(layer.getLambdaCoord()))
        .add(confidence(boxes, overlaps, responsible))
        .add(names);
  }

  /**
   * The one box in each cell with an object that overlaps most with it: {@code [n, boxes, h, w]}.
   */
  private static Tensor responsible(Tensor overlaps, Truth truth) {
    Tensor best = overlaps.max(1).get1();
    Tensor chosen = torch.one_hot(best, overlaps.size(1)).movedim(-1, 1);
    return chosen.to(overlaps).mul(truth.present().unsqueeze(1));
  }

  /** A responsible box's confidence should be the overlap, which moves with the box; others' 0. */
  private Tensor confidence(Boxes boxes, Tensor overlaps, Tensor responsible) {
    double others = layer.getLambdaNoObj();
    Tensor weights = responsible.mul(new Scalar(1 - others)).add(new Scalar(others));
    Tensor errors = boxes.confidences.sub(overlaps.mul(responsible));
    return errors.square().mul(weights).sum();
  }

  private Boxes boxes(Tensor values) {
    return Boxes.of(values, torch.tensor(priors).view(-1, 2, 1, 1).to(values));
  }

  /** One row for each box: {@code [n, boxes, k, h, w]} to {@code [rows, k]}. */
  private static Tensor rows(Tensor values) {
    return values.movedim(2, -1).reshape(-1, values.size(2));
  }

  /**
   * What the network says.
   *
   * @param centers within the cell, {@code [n, boxes, 2, h, w]}
   * @param sizes in units of cells, {@code [n, boxes, 2, h, w]}
   * @param confidences {@code [n, boxes, h, w]}
   * @param sums of the classes, before softmax, {@code [n, boxes, classes, h, w]}
   */
  private record Boxes(Tensor centers, Tensor sizes, Tensor confidences, Tensor sums) {
    static Boxes of(Tensor values, Tensor priors) {
      Tensor parts = values.unflatten(1, priors.size(0), -1);
      return new Boxes(
          parts.narrow(2, 0, 2).sigmoid(),
          parts.narrow(2, 2, 2).exp().mul(priors),
          parts.select(2, 4).sigmoid(),
          parts.narrow(2, 5, parts.size(2) - 5));
    }

    /** Intersection over union with the object in the cell: {@code [n, boxes, h, w]}. */
    Tensor overlaps(Truth truth) {
      Tensor middles = centers.add(grid());
      Tensor halves = sizes.mul(new Scalar(0.5));
      Tensor from = torch.maximum(middles.sub(halves), truth.from.unsqueeze(1));
      Tensor to = torch.minimum(middles.add(halves), truth.to.unsqueeze(1));
      Tensor common = area(to.sub(from).clamp_min(new Scalar(0)), 2);
      Tensor union = area(sizes, 2).add(area(truth.sizes(), 1).unsqueeze(1)).sub(common);
      return common.div(union).mul(truth.present().unsqueeze(1));
    }

    /** Column and row of each cell: {@code [2, h, w]}. */
    private Tensor grid() {
      long height = centers.size(3);
      long width = centers.size(4);
      Tensor columns = torch.arange(new Scalar(width)).expand(height, width);
      Tensor rows = torch.arange(new Scalar(height)).unsqueeze(1).expand(height, width);
      return torch.stack(new TensorVector(columns, rows), 0).to(centers);
    }

    private static Tensor area(Tensor sizes, long dimension) {
      return sizes.select(dimension, 0).mul(sizes.select(dimension, 1));
    }
  }

  /**
   * What is there.
   *
   * @param from left and top, {@code [n, 2, h, w]}
   * @param to right and bottom, {@code [n, 2, h, w]}
   * @param classes {@code [n, classes, h, w]}
   */
  private record Truth(Tensor from, Tensor to, Tensor classes) {
    static Truth of(Tensor labels) {
      return new Truth(
          labels.narrow(1, 0, 2), labels.narrow(1, 2, 2), labels.narrow(1, 4, labels.size(1) - 4));
    }

    /** 1 where a cell holds an object's center: {@code [n, h, w]}. */
    Tensor present() {
      return classes.sum(1);
    }

    Tensor sizes() {
      return to.sub(from);
    }

    Tensor inCell() {
      return from.add(to).mul(new Scalar(0.5)).frac();
    }

    /** The same for each of a cell's boxes. */
    Tensor rows(Tensor values, Boxes boxes) {
      Tensor each = values.unsqueeze(1).expand(-1, boxes.sizes.size(1), -1, -1, -1);
      return YoloOutput.rows(each);
    }
  }
}
