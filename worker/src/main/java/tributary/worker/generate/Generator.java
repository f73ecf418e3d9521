package tributary.worker.generate;

import java.util.Arrays;
import tributary.datasets.Checks;
import tributary.datasets.minibatch.Minibatch;
import tributary.datasets.minibatch.Minibatch.Masks;
import tributary.datasets.minibatch.Minibatch.Reading;
import tributary.datasets.text.Vocabulary;
import tributary.worker.engine.Replica;
import tributary.worker.model.ModelException;

/**
 * Goes on with a text, token by token, as Graves does in "Generating Sequences With Recurrent
 * Neural Networks", arXiv:1308.0850, section 2: what is drawn is what the network reads next. The
 * network remembers the text, so that each token costs one step however long it gets.
 *
 * <p>A text starts at the end of a document, since in training a document follows there. Not safe
 * for several threads, like the replica.
 */
public final class Generator {
  /** How many tokens {@link #requireReadsOn} reads. */
  private static final int TRIED = 16;

  /** By how much of a probability kernels for several steps may differ from those for one. */
  private static final float ROUNDING = 0.02f;

  private final Replica replica;
  private final int vocabulary;
  private final Sampler sampler;

  /** Of each token to come next. */
  private float[] probabilities;

  /**
   * A generator at the start of a document.
   *
   * @param replica a loaded language model; stays the caller's, who does not use it meanwhile
   * @param vocabulary its tokens
   * @param sampler draws from what it tells
   * @throws ModelException if the network does not tell one of these tokens at each step, or not
   *     from what it remembers
   */
  public Generator(Replica replica, Vocabulary vocabulary, Sampler sampler) {
    this.replica = replica;
    this.vocabulary = vocabulary.size();
    this.sampler = sampler;
    requireReadsOn();
    probabilities = last(forward(new int[] {Vocabulary.END}, Reading.BEGINNING));
  }

  /** Reads on in a text that is given. */
  public void read(int... tokens) {
    if (tokens.length > 0) {
      probabilities = last(forward(tokens, Reading.CONTINUED));
    }
  }

  /** Draws the next token, {@link Vocabulary#END} or a text's, and reads it. */
  public int next() {
    int token = sampler.next(probabilities);
    read(token);
    return token;
  }

  /** Convolutions, attention and layers that read backwards see more than one step and memory. */
  private void requireReadsOn() {
    int[] tokens = new int[TRIED];
    Arrays.setAll(tokens, i -> Vocabulary.END + i % (vocabulary - Vocabulary.END));
    float[] whole = forward(tokens, Reading.BEGINNING);
    for (int step = 0; step < TRIED; step++) {
      Reading reading = step == 0 ? Reading.BEGINNING : Reading.CONTINUED;
      float[] one = forward(new int[] {tokens[step]}, reading);
      for (int token = 0; token < vocabulary; token++) {
        if (Math.abs(one[token] - whole[token * TRIED + step]) > ROUNDING) {
          throw new ModelException(
              Checks.format(
                  "The network can't go on with a text token by token: token %d comes after step %d"
                      + " with probability %s where it reads step by step, with %s where it reads %d"
                      + " steps at once; expected layers that see earlier steps by what they"
                      + " remember alone, such as LSTM",
                  token, step, one[token], whole[token * TRIED + step], TRIED));
        }
      }
    }
  }

  /** The probabilities that are told at each step, row-major {@code [vocabulary][steps]}. */
  private float[] forward(int[] tokens, Reading reading) {
    float[] features = new float[tokens.length];
    for (int step = 0; step < tokens.length; step++) {
      features[step] = tokens[step];
    }
    float[] all = new float[tokens.length];
    Arrays.fill(all, 1);
    float[] outputs =
        replica.forward(
            new Minibatch(
                new long[1],
                features,
                new int[] {1, 1, tokens.length},
                new int[tokens.length],
                vocabulary,
                /* softLabels= */ null,
                Masks.ofSteps(all, all, reading)));
    if (outputs.length != (long) vocabulary * tokens.length) {
      throw new ModelException(
          Checks.format(
              "The network tells %d values for %d steps: expected %d at each, one for each token",
              outputs.length, tokens.length, vocabulary));
    }
    return outputs;
  }

  private float[] last(float[] outputs) {
    int steps = outputs.length / vocabulary;
    float[] last = new float[vocabulary];
    for (int token = 0; token < vocabulary; token++) {
      last[token] = outputs[token * steps + steps - 1];
    }
    return last;
  }
}
