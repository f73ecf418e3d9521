package tributary.worker.engine.torch;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Modifier;
import java.net.URISyntaxException;
import java.util.List;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;

/** What DL4J's jar holds, so that tests notice what nobody thought of. */
final class Dl4jClasses {
  private Dl4jClasses() {}

  /** The concrete subclasses of a type that lie in the package of one of them. */
  static <T> List<Class<? extends T>> in(Class<? extends T> one, Class<T> type) {
    String folder = one.getPackageName().replace('.', '/') + '/';
    try (JarFile jar = new JarFile(jarOf(one))) {
      return jar.stream()
          .map(ZipEntry::getName)
          .filter(name -> name.startsWith(folder) && name.endsWith(".class"))
          .map(name -> name.substring(0, name.length() - ".class".length()).replace('/', '.'))
          .filter(name -> name.lastIndexOf('.') == folder.length() - 1)
          .<Class<?>>map(Dl4jClasses::load)
          .filter(each -> type.isAssignableFrom(each) && !Modifier.isAbstract(each.getModifiers()))
          .<Class<? extends T>>map(each -> each.asSubclass(type))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static File jarOf(Class<?> type) {
    try {
      return new File(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  private static Class<?> load(String name) {
    try {
      return Class.forName(name, /* initialize= */ false, Dl4jClasses.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new AssertionError(e);
    }
  }
}
