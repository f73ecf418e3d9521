package tributary.worker.features;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import tributary.datasets.minibatch.Minibatch;
import tributary.datasets.minibatch.MinibatchReader;
import tributary.datasets.minibatch.Origin;
import tributary.datasets.shard.BadExample;
import tributary.worker.engine.Activations;
import tributary.worker.engine.Replica;
import tributary.worker.model.FeatureLayers;
import tributary.worker.train.Places;
import tributary.worker.train.TrainingInput;

/**
 * Maps examples to vectors: the activations of layers of a loaded replica. Executor only.
 *
 * <p>Every forward pass has the same number of rows, {@value #ROWS}, or the looks at as many
 * examples as fit: kernels sum in another order for another number of rows (a row of LeNet's
 * differs by up to 4e-7 between passes of two and of three), but a row comes to the same bits
 * wherever it lies and whatever the others hold. Where an example is bad or there are no more, rows
 * are zeros.
 */
public final class FeatureExtractor {
  /** Rows of a forward pass. */
  static final int ROWS = 32;

  private final TrainingInput input;
  private final FeatureSettings settings;

  /** An extractor of examples of the input's split, which must leave out bad ones. */
  public FeatureExtractor(TrainingInput input, FeatureSettings settings) {
    this.input = input;
    this.settings = settings;
  }

  /** Takes rows one by one. */
  public interface Sink {
    /** Takes the next row. */
    void add(FeatureRow row) throws IOException;
  }

  /**
   * Extracts the vectors of examples, in their order.
   *
   * @param places numbers of the examples in the split
   * @return the bad ones, of which {@code sink} has got rows without vectors
   */
  public List<BadExample> extract(Replica replica, Places places, Sink sink) throws IOException {
    long[] numbers = places.stream().toArray();
    int examples = Math.max(1, ROWS / input.views());
    int[] sizes = new int[(numbers.length + examples - 1) / examples];
    Arrays.fill(sizes, examples);
    if (sizes.length > 0) {
      sizes[sizes.length - 1] = numbers.length - (sizes.length - 1) * examples;
    }
    try (MinibatchReader minibatches = input.open(numbers, sizes)) {
      int known = 0;
      while (minibatches.hasNext()) {
        Minibatch batch = minibatches.next();
        List<BadExample> bad = minibatches.leftOut();
        Map<Long, String> errors = errors(bad.subList(known, bad.size()));
        known = bad.size();
        add(replica, batch, minibatches.origins(), errors, examples, sink);
      }
      return minibatches.leftOut();
    }
  }

  private static Map<Long, String> errors(List<BadExample> bad) {
    Map<Long, String> errors = new HashMap<>();
    bad.forEach(example -> errors.put(example.number(), example.reason()));
    return errors;
  }

  private void add(
      Replica replica,
      Minibatch batch,
      List<Origin> origins,
      Map<Long, String> errors,
      int examples,
      Sink sink)
      throws IOException {
    int views = input.views();
    List<Vectors> layers = List.of();
    if (!batch.isEmpty()) {
      Minibatch whole = FixedRows.of(batch, rowsOf(origins, errors), examples * views, views);
      layers = activations(replica, whole).stream().map(each -> new Vectors(each, whole)).toList();
    }
    for (int i = 0; i < origins.size(); i++) {
      Origin origin = origins.get(i);
      String error = errors.get(origin.number());
      sink.add(
          error == null
              ? new FeatureRow(origin, vectors(layers, i * views), null)
              : FeatureRow.bad(origin, error));
    }
  }

  /** Of each layer; the input is what the minibatch is. */
  private List<Activations> activations(Replica replica, Minibatch batch) {
    List<String> computed = new ArrayList<>(settings.layers());
    computed.remove(FeatureLayers.INPUT);
    Iterator<Activations> found =
        computed.isEmpty()
            ? Collections.emptyIterator()
            : replica.forward(batch, computed).iterator();
    List<Activations> activations = new ArrayList<>();
    for (String layer : settings.layers()) {
      long[] shape = Arrays.stream(batch.shape()).asLongStream().toArray();
      activations.add(
          layer.equals(FeatureLayers.INPUT)
              ? new Activations(layer, batch.features(), shape)
              : found.next());
    }
    return activations;
  }

  /** Where in the pass the examples of the minibatch lie that are not bad. */
  private static int[] rowsOf(List<Origin> origins, Map<Long, String> errors) {
    int[] rows = new int[origins.size() - errors.size()];
    int good = 0;
    for (int i = 0; i < origins.size(); i++) {
      if (!errors.containsKey(origins.get(i).number())) {
        rows[good++] = i;
      }
    }
    return rows;
  }

  private List<float[]> vectors(List<Vectors> layers, int first) {
    List<float[]> vectors = new ArrayList<>();
    for (Vectors layer : layers) {
      float[][] looks = new float[input.views()][];
      for (int view = 0; view < looks.length; view++) {
        looks[view] = layer.of(first + view, settings.pooling());
      }
      vectors.add(Vectors.scaled(Vectors.mean(looks), settings.norm()));
    }
    return vectors;
  }
}
