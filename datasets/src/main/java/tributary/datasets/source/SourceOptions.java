package tributary.datasets.source;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import tributary.datasets.Checks;
import tributary.datasets.DataException;
import tributary.datasets.Storage;

/**
 * What a user says of a dataset that is to be packed.
 *
 * @param inputs where it lies, at least one
 * @param classes names in label order; empty if the format knows them
 * @param text how text lies in files
 */
public record SourceOptions(List<Input> inputs, List<String> classes, TextOptions text) {
  /** Refuses missing parts. */
  public SourceOptions {
    inputs = List.copyOf(inputs);
    classes = List.copyOf(classes);
    Objects.requireNonNull(text, "text");
    Checks.argument(!inputs.isEmpty(), "a source must have an input");
  }

  /** Of a dataset without text. */
  public SourceOptions(List<Input> inputs, List<String> classes) {
    this(inputs, classes, TextOptions.DEFAULT);
  }

  /**
   * A file or folder.
   *
   * @param split that it holds; empty if it holds several, or the user does not say
   * @param path URI
   */
  public record Input(Optional<String> split, String path) {
    @Override
    public String toString() {
      return split.map(name -> name + "=").orElse("") + path;
    }
  }

  /** The same with schemes and whole paths, which other processes understand, too. */
  SourceOptions qualified(Configuration hadoop) throws IOException {
    List<Input> qualified = new ArrayList<>();
    for (Input input : inputs) {
      Path path = new Path(input.path());
      String whole = Storage.fileSystem(path, hadoop).makeQualified(path).toString();
      qualified.add(new Input(input.split(), whole));
    }
    return new SourceOptions(qualified, classes, text);
  }

  /**
   * The one input of formats that know their own splits.
   *
   * @throws DataException if there are several, or it names a split
   */
  String folder(String format) throws DataException {
    if (inputs.size() != 1 || inputs.get(0).split().isPresent()) {
      throw new DataException(
          Checks.format(
              "Format %s finds its splits itself: expected one --input FOLDER, found %s",
              format, inputs));
    }
    return inputs.get(0).path();
  }

  /** Whether any input names the split that it holds. */
  boolean namesSplits() {
    return inputs.stream().anyMatch(input -> input.split().isPresent());
  }

  /**
   * The input of each split, in the order given.
   *
   * @throws DataException if an input names none, or two name the same
   */
  Map<String, String> splits(String format) throws DataException {
    Map<String, String> splits = new LinkedHashMap<>();
    for (Input input : inputs) {
      if (input.split().isEmpty() || splits.put(input.split().get(), input.path()) != null) {
        throw new DataException(
            Checks.format(
                "Format %s takes one --input PATH, or an --input SPLIT=PATH for each split, found"
                    + " %s",
                format, inputs));
      }
    }
    return splits;
  }
}
