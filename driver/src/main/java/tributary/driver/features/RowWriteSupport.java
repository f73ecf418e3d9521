package tributary.driver.features;

import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.MessageType;
import tributary.datasets.minibatch.Origin;
import tributary.worker.features.FeatureRow;

/** Writes rows in the schema of {@link FeatureSchema}. */
final class RowWriteSupport extends WriteSupport<FeatureRow> {
  private static final String LIST = "list";
  private static final String ELEMENT = "element";

  private final List<String> vectors;
  private final MessageType schema;
  private Map<String, String> notes = Map.of();
  private RecordConsumer out;

  RowWriteSupport(List<String> vectors) {
    this.vectors = vectors;
    this.schema = FeatureSchema.of(vectors);
  }

  /** What the file's footer will tell besides. */
  void finish(Map<String, String> told) {
    notes = told;
  }

  @Override
  public WriteContext init(Configuration conf) {
    return new WriteContext(schema, Map.of());
  }

  @Override
  public void prepareForWrite(RecordConsumer consumer) {
    out = consumer;
  }

  @Override
  public FinalizedWriteContext finalizeWrite() {
    return new FinalizedWriteContext(notes);
  }

  @Override
  public void write(FeatureRow row) {
    Origin origin = row.origin();
    out.startMessage();
    text(FeatureSchema.KEY, origin.key());
    if (origin.label() >= 0) {
      number(FeatureSchema.LABEL, origin.label());
    }
    for (int i = 0; i < row.vectors().size(); i++) {
      vector(vectors.get(i), row.vectors().get(i));
    }
    if (origin.size() != null) {
      number(FeatureSchema.WIDTH, origin.size().width());
      number(FeatureSchema.HEIGHT, origin.size().height());
    }
    if (row.error() != null) {
      text(FeatureSchema.ERROR, row.error());
    }
    out.endMessage();
  }

  private void text(String column, String value) {
    field(column, schema.getFieldIndex(column), () -> out.addBinary(Binary.fromString(value)));
  }

  private void number(String column, int value) {
    field(column, schema.getFieldIndex(column), () -> out.addInteger(value));
  }

  private void vector(String column, float[] values) {
    field(
        column,
        schema.getFieldIndex(column),
        () -> {
          out.startGroup();
          field(LIST, 0, () -> elements(values));
          out.endGroup();
        });
  }

  private void elements(float[] values) {
    for (float value : values) {
      out.startGroup();
      out.startField(ELEMENT, 0);
      out.addFloat(value);
      out.endField(ELEMENT, 0);
      out.endGroup();
    }
  }

  private void field(String name, int index, Runnable content) {
    out.startField(name, index);
    content.run();
    out.endField(name, index);
  }
}
