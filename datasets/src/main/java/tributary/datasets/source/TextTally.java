package tributary.datasets.source;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;
import tributary.datasets.shard.Task;
import tributary.datasets.shard.Text;
import tributary.datasets.text.TextFields;
import tributary.datasets.text.TextSettings;
import tributary.datasets.text.TokenCounts;

/**
 * Counts what vocabularies are learned from: gathered in any order, it is the same. For one thread.
 */
final class TextTally {
  private final Task task;
  private final TextSettings settings;
  private final TokenCounts vocabulary = new TokenCounts();
  private final TokenCounts target = new TokenCounts();
  private final TokenCounts tags = new TokenCounts();

  TextTally(Task task, TextSettings settings) {
    this.task = task;
    this.settings = settings;
  }

  /** Takes in an example. */
  void add(SortedMap<String, byte[]> fields) {
    switch (task) {
      case TEXT_CLASSIFICATION, LANGUAGE_MODEL ->
          settings.vocabulary(task).count(text(fields, TextFields.TEXT), vocabulary);
      case TAGGING -> {
        settings.vocabulary(task).count(TextFields.lines(fields.get(TextFields.TEXT)), vocabulary);
        TextFields.lines(fields.get(TextFields.TAGS)).forEach(tags::add);
      }
      case PAIRS -> {
        settings.vocabulary(task).count(text(fields, TextFields.SOURCE), vocabulary);
        settings.targetVocabulary().count(text(fields, TextFields.TARGET), target);
      }
      case IMAGE_CLASSIFICATION, CAPTIONING, SEGMENTATION, DETECTION -> {}
    }
  }

  /** Takes in what was counted elsewhere. */
  void add(Counts counts) {
    counts.vocabulary().forEach(vocabulary::add);
    counts.target().forEach(target::add);
    counts.tags().forEach(tags::add);
  }

  /** What was counted. */
  Counts counts() {
    return new Counts(vocabulary.sorted(), target.sorted(), tags.sorted());
  }

  /** What is learned from it; null for tasks without text. */
  Text learn() {
    if (task.isOfImages()) {
      return null;
    }
    return new Text(
        settings.vocabulary(task).learn(vocabulary),
        task == Task.PAIRS ? settings.targetVocabulary().learn(target) : null);
  }

  /** The tags that were seen, sorted. */
  List<String> tags() {
    SortedSet<String> sorted = new TreeSet<>(tags.asMap().keySet());
    return List.copyOf(sorted);
  }

  private static String text(SortedMap<String, byte[]> fields, String name) {
    return TextFields.text(fields.get(name));
  }

  /** Counts by token, as they are noted beside a shard. */
  record Counts(Map<String, Long> vocabulary, Map<String, Long> target, Map<String, Long> tags) {
    Counts {
      Objects.requireNonNull(vocabulary, "vocabulary");
      Objects.requireNonNull(target, "target");
      Objects.requireNonNull(tags, "tags");
    }
  }
}
