package tributary.worker.engine.torch;

import java.util.List;
import org.bytedeco.pytorch.Generator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationSigmoid;
import org.nd4j.linalg.activations.impl.ActivationTanH;

/**
 * Long short-term memory: Graves, arXiv:1308.0850, equations 7 to 11, with any activations and with
 * or without the peepholes from the cells to the gates. Its state is the output and the cells.
 *
 * <p>The rows of the weights are DL4J's: block input, forget gate, output gate, input gate, and
 * then, in the recurrent weights, the peepholes of the forget, output and input gates, a row each.
 */
final class Lstm implements Recurrence {
  private final Parameter inputs;
  private final Parameter recurrent;
  private final Parameter biases;
  private final TorchActivation gate;
  private final TorchActivation activation;

  private Lstm(Site site, String part, IActivation gate, IActivation activation) {
    this.inputs = site.parameter("W" + part);
    this.recurrent = site.parameter("RW" + part);
    this.biases = site.parameter("b" + part);
    this.gate = TorchActivations.of(gate, site);
    this.activation = TorchActivations.of(activation, site);
  }

  /** Without peepholes; as one operation if it is the kind that libtorch has. */
  static Recurrence plain(Site site, IActivation gate, IActivation activation) {
    Lstm lstm = new Lstm(site, "", gate, activation);
    boolean usual =
        gate.getClass() == ActivationSigmoid.class && activation.getClass() == ActivationTanH.class;
    return usual ? lstm::fused : lstm;
  }

  /**
   * With peepholes.
   *
   * @param part what the names of the parameters end with: a direction, or nothing
   */
  static Recurrence peephole(Site site, String part, IActivation gate, IActivation activation) {
    return new Lstm(site, part, gate, activation);
  }

  @Override
  public Walk in(Pass pass) {
    return stepwise(inputs.in(pass), recurrent.in(pass), biases.in(pass).flatten(), pass.noise());
  }

  /** The usual kind; only masks of fractions have to go step by step. */
  private Walk fused(Pass pass) {
    Tensor w = inputs.in(pass);
    Tensor rw = recurrent.in(pass);
    Tensor b = biases.in(pass).flatten();
    Walk fused = new FusedLstm(w, rw, b);
    Walk stepwise = stepwise(w, rw, b, pass.noise());
    return (steps, mask, start) ->
        (mask == null || mask.mul(mask).equal(mask) ? fused : stepwise).over(steps, mask, start);
  }

  private Walk stepwise(Tensor w, Tensor rw, Tensor b, Generator noise) {
    long units = rw.size(1);
    TensorVector parts = rw.split(new long[] {4 * units, rw.size(0) - 4 * units}, 0);
    Cell cell = new Cell(parts.get(0).t(), parts.get(1), noise);
    return (steps, mask, start) ->
        Steps.over(
            torch.linear(steps, w, new TensorOptional(b)),
            mask,
            start == null ? Steps.zeros(2, steps, units) : start,
            cell);
  }

  /** One step. */
  private final class Cell implements Steps.Cell {
    private final Tensor recurrent;
    private final Tensor peepholes;
    private final Generator noise;

    /**
     * A step with the parameters of a pass.
     *
     * @param recurrent weights {@code [units, 4 * units]}
     * @param peepholes {@code [3, units]}, or without rows
     */
    Cell(Tensor recurrent, Tensor peepholes, Generator noise) {
      this.recurrent = recurrent;
      this.peepholes = peepholes;
      this.noise = noise;
    }

    @Override
    public List<Tensor> next(Tensor sums, List<Tensor> state) {
      TensorVector z = torch.addmm(sums, state.get(0), recurrent).chunk(4, 1);
      Tensor before = state.get(1);
      Tensor block = activation.apply(z.get(0), noise);
      Tensor forget = gate(z.get(1), before, 0);
      Tensor in = gate(z.get(3), before, 2);
      Tensor cells = torch.addcmul(forget.mul(before), in, block);
      Tensor out = gate(z.get(2), cells, 1);
      return List.of(out.mul(activation.apply(cells, noise)), cells);
    }

    private Tensor gate(Tensor sums, Tensor cells, long row) {
      boolean peeps = peepholes.size(0) > 0;
      return gate.apply(peeps ? sums.addcmul(cells, peepholes.select(0, row)) : sums, noise);
    }
  }
}
