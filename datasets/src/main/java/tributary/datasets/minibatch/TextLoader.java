package tributary.datasets.minibatch;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import tributary.datasets.Checks;
import tributary.datasets.minibatch.Minibatch.Masks;
import tributary.datasets.minibatch.Minibatch.Reading;
import tributary.datasets.shard.BadExample;
import tributary.datasets.shard.BadExampleException;
import tributary.datasets.shard.Dataset;
import tributary.datasets.shard.LabelledExample;
import tributary.datasets.shard.Task;
import tributary.datasets.text.ExampleTokens;
import tributary.datasets.text.SequenceBatch;
import tributary.datasets.text.SequenceEncoder;

/**
 * Reads texts, cuts them into tokens, and lays those of a minibatch side by side. A document
 * without a known word, and a tag that the model does not know, do not count.
 */
final class TextLoader implements Loader {
  private final Dataset dataset;
  private final String split;
  private final TextPreprocessing preprocessing;
  private final OnBadExample onBadExample;
  private final ExampleTokens tokens;
  private final SequenceEncoder encoder;
  private final Map<String, Integer> classes = new HashMap<>();

  private final AtomicLong readNanos = new AtomicLong();
  private final AtomicLong decodeNanos = new AtomicLong();
  private long assembleNanos;

  TextLoader(
      Dataset dataset, String split, TextPreprocessing preprocessing, OnBadExample onBadExample) {
    this.dataset = dataset;
    this.split = split;
    this.preprocessing = preprocessing;
    this.onBadExample = onBadExample;
    this.tokens = new ExampleTokens(preprocessing.task(), preprocessing.vocabulary());
    this.encoder = new SequenceEncoder(preprocessing.maxLength());
    preprocessing.classes().forEach(name -> classes.put(name, classes.size()));
  }

  /**
   * An example that can be used.
   *
   * @param tokens numbers of the vocabulary
   * @param labels one, or one for each token, below 0 for a tag that the model does not know
   */
  @SuppressWarnings("ArrayRecordComponent") // hot path; never compared
  private record Sequence(long number, int[] tokens, int[] labels) {}

  @Override
  public Loaded load(long[] numbers, SideBySide threads, BooleanSupplier cancelled)
      throws IOException {
    Sequence[] sequences = new Sequence[numbers.length];
    Loaded.One[] each = new Loaded.One[numbers.length];
    threads.run(
        numbers.length,
        i -> {
          if (!cancelled.getAsBoolean()) {
            each[i] = load(numbers[i], i, sequences);
          }
        });
    if (cancelled.getAsBoolean()) {
      return null;
    }
    long began = System.nanoTime();
    Minibatch minibatch = minibatch(Arrays.stream(sequences).filter(Objects::nonNull).toList());
    assembleNanos += System.nanoTime() - began;
    return new Loaded(
        minibatch,
        Arrays.stream(each).map(Loaded.One::bad).filter(Objects::nonNull).toList(),
        Arrays.stream(each).map(Loaded.One::origin).toList());
  }

  @Override
  public InputTimes times() {
    return new InputTimes(readNanos.get(), decodeNanos.get(), 0, assembleNanos);
  }

  private Loaded.One load(long number, int at, Sequence[] sequences) throws IOException {
    long began = System.nanoTime();
    LabelledExample example = dataset.read(split, number);
    long read = System.nanoTime();
    readNanos.addAndGet(read - began);
    BadExample bad = null;
    try {
      sequences[at] = new Sequence(number, tokens.of(example.example()), labels(example));
    } catch (BadExampleException e) {
      bad = onBadExample.leaveOut(example.bad(split, e.getMessage()), e);
    }
    decodeNanos.addAndGet(System.nanoTime() - read);
    return new Loaded.One(Origin.of(example, /* size= */ null), bad);
  }

  private int[] labels(LabelledExample example) throws BadExampleException {
    if (preprocessing.task() == Task.TAGGING) {
      return tokens.tags(example.example()).stream()
          .mapToInt(tag -> classes.getOrDefault(tag, -1))
          .toArray();
    }
    int known = dataset.manifest().classes().size();
    if (known > 0 && (example.label() < 0 || example.label() >= known)) {
      throw new BadExampleException(
          Checks.format("label: expected 0..%d, found %d", known - 1, example.label()));
    }
    // of a class that the model does not know: read for its features alone
    boolean isTold = example.label() >= 0 && example.label() < classes.size();
    return new int[] {isTold ? example.label() : 0};
  }

  /** A language model, read for its features, knows no classes. */
  private int outputs() {
    return Math.max(1, classes.size());
  }

  private Minibatch minibatch(List<Sequence> sequences) {
    long[] numbers = sequences.stream().mapToLong(Sequence::number).toArray();
    if (sequences.isEmpty()) {
      float[] none = new float[0];
      return new Minibatch(numbers, none, new int[] {0, 1, 1}, new int[0], outputs());
    }
    List<int[]> texts = new ArrayList<>();
    List<int[]> labels = new ArrayList<>();
    for (Sequence sequence : sequences) {
      texts.add(sequence.tokens());
      labels.add(sequence.labels());
    }
    boolean tagging = preprocessing.task() == Task.TAGGING;
    SequenceBatch batch =
        tagging
            ? encoder.tagged(texts, labels)
            : encoder.documents(texts, labels.stream().mapToInt(label -> label[0]).toArray());
    return new Minibatch(
        numbers,
        batch.asFeatures(),
        new int[] {batch.size(), 1, batch.steps()},
        batch.labels(),
        outputs(),
        /* softLabels= */ null,
        tagging
            ? Masks.ofSteps(batch.mask(), batch.labelMask(), Reading.WHOLE)
            : Masks.ofSequences(batch.mask(), batch.labelMask()));
  }
}
