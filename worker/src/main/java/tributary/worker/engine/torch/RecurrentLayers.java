package tributary.worker.engine.torch;

import java.util.Map;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.layers.AbstractLSTM;
import org.deeplearning4j.nn.conf.layers.GravesBidirectionalLSTM;
import org.deeplearning4j.nn.conf.layers.GravesLSTM;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.recurrent.SimpleRnn;
import org.deeplearning4j.nn.conf.layers.util.MaskZeroLayer;

/**
 * Layers over sequences.
 *
 * <p>An LSTM of DL4J's overlooks the mask that comes with its input, and hands it on, unless a
 * wrapper ({@code LastTimeStep}, {@code MaskZeroLayer}) tells it the mask; the other layers heed
 * it.
 */
@SuppressWarnings("deprecation") // old models still hold Graves's layers
final class RecurrentLayers {
  /** What heeds masks only when a wrapper tells them. */
  private static final Map<Class<? extends Layer>, LayerTable.Row> HEEDING =
      Map.of(
          LSTM.class, RecurrentLayers::heedingLstm,
          GravesLSTM.class, RecurrentLayers::heedingGravesLstm,
          Bidirectional.class, RecurrentWrappers::heedingBidirectional,
          MaskZeroLayer.class, RecurrentWrappers::tellingMaskZero);

  private RecurrentLayers() {}

  static TorchLayer lstm(Site site) {
    return overlooking(heedingLstm(site));
  }

  static TorchLayer gravesLstm(Site site) {
    return overlooking(heedingGravesLstm(site));
  }

  static TorchLayer simpleRnn(Site site) {
    return new RecurrentLayer(
        SimpleRnns.of(site), site.as(SimpleRnn.class).getRnnDataFormat(), site);
  }

  static TorchLayer gravesBidirectional(Site site) {
    GravesBidirectionalLSTM layer = site.as(GravesBidirectionalLSTM.class);
    RNNFormat format = layer.getRnnDataFormat();
    return RecurrentWrappers.bothWays(
        site,
        new RecurrentLayer(peepholes(site, "F", layer), format, site),
        new RecurrentLayer(peepholes(site, "B", layer), format, site),
        (there, back) -> there.add(back),
        format);
  }

  /** The layer within a wrapper that tells it the mask. */
  static TorchLayer heeding(Site site) {
    LayerTable.Row row = HEEDING.get(site.layer().getClass());
    return row == null
        ? LayerTable.compile(site)
        : LayerTable.afterDropout(row.compile(site), site);
  }

  private static TorchLayer heedingLstm(Site site) {
    AbstractLSTM layer = site.as(LSTM.class);
    return new RecurrentLayer(
        Lstm.plain(site, layer.getGateActivationFn(), layer.getActivationFn()),
        layer.getRnnDataFormat(),
        site);
  }

  private static TorchLayer heedingGravesLstm(Site site) {
    AbstractLSTM layer = site.as(GravesLSTM.class);
    return new RecurrentLayer(
        Lstm.peephole(site, "", layer.getGateActivationFn(), layer.getActivationFn()),
        layer.getRnnDataFormat(),
        site);
  }

  private static Recurrence peepholes(Site site, String part, GravesBidirectionalLSTM layer) {
    return Lstm.peephole(site, part, layer.getGateActivationFn(), layer.getActivationFn());
  }

  private static TorchLayer overlooking(TorchLayer layer) {
    return (input, pass) -> input.with(layer.forward(Masked.all(input.values()), pass).values());
  }
}
