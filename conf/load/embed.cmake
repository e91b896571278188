# cmake -DOUT=embedded.cc -DROOT=conf -DFILES="a.yaml|presets/b.yaml" -P embed.cmake
# Writes the YAML files as string literals, so that programs need no installed files.
string(REPLACE "|" ";" names "${FILES}")
set(text "// Generated from conf/ by embed.cmake.\n#include \"conf/load/embedded.h\"\n\nnamespace ff::conf {\n\nconst std::vector<EmbeddedFile>& EmbeddedFiles() {\n  static const auto* files = new std::vector<EmbeddedFile>{\n")
foreach(name ${names})
  file(READ "${ROOT}/${name}" content)
  string(APPEND text "      {\"${name}\", R\"FFYAML(${content})FFYAML\"},\n")
endforeach()
string(APPEND text "  };\n  return *files;\n}\n\n}  // namespace ff::conf\n")
file(WRITE "${OUT}" "${text}")
