// What the command line offers, as plain values: taken from the parser itself, so that completions,
// manual pages and the reference cannot differ from what it accepts.
#ifndef HASHLENS_APPS_CLI_VERB_TREE_H_
#define HASHLENS_APPS_CLI_VERB_TREE_H_

#include <string>
#include <string_view>
#include <vector>

#include "apps/cli/command.h"

namespace hashlens {

enum class ValueKind { kNone, kNumber, kText, kChoice, kFile };

// An option, or an argument that has no dashes.
struct OptionText {
  std::vector<std::string> names;  // with their dashes, short ones first; of an argument one: LIB
  std::string value;               // how the value is named: N, FILE, KEY=VALUE; empty of a flag
  ValueKind kind = ValueKind::kNone;
  std::vector<std::string> choices;  // kChoice only
  std::string range;                 // "1 to 512"; empty where there are no bounds
  std::string usual;                 // what holds when it is not given; empty where nothing does
  std::string help;
  bool required = false;
  bool repeats = false;
};

// A verb, a group of verbs, or the whole program.
struct VerbText {
  std::string path;  // "model fit"; empty of the program
  std::string summary;
  std::vector<OptionText> arguments;
  std::vector<OptionText> options;
  std::vector<std::string> examples;  // a command each
  std::vector<std::string> notes;     // a paragraph each
  std::vector<VerbText> verbs;        // of a group

  std::string_view name() const;  // the last word of the path
};

// Of a program with all its verbs, hidden ones left out.
VerbText DescribeVerbs(const Command& program);

// The tree's verbs and groups in order, the program itself first. The tree outlives them.
std::vector<const VerbText*> AllVerbs(const VerbText& tree);

// Takes the notes and examples out of the text that stands below a verb's --help.
void SplitFooter(const std::string& footer, VerbText* verb);

}  // namespace hashlens

#endif  // HASHLENS_APPS_CLI_VERB_TREE_H_
