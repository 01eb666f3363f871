#include "apps/cli/completion.h"
#include "apps/cli/verbs.h"

namespace hashlens {
namespace {

ExitCode RunCompletion(const Command& app, const std::string& shell, Session* session) {
  const VerbText tree = DescribeVerbs(app);
  if (shell == "bash") session->Print(BashCompletion(tree));
  if (shell == "zsh") session->Print(ZshCompletion(tree));
  if (shell == "fish") session->Print(FishCompletion(tree));
  return kExitDone;
}

}  // namespace

std::vector<Verb> CompletionVerb(Command* parent, Session* session) {
  Command* verb =
      parent->AddVerb("completion", "Print a script that lets a shell complete hashlens");
  auto shell = std::make_shared<std::string>();
  verb->AddOption("SHELL", shell.get(), "bash, zsh or fish")
      ->Required()
      ->Check(OneOf({"bash", "zsh", "fish"}));
  verb->Footer(
      "Examples:\n"
      "  source <(hashlens completion bash)\n"
      "  hashlens completion bash > ~/.local/share/bash-completion/completions/hashlens\n"
      "  hashlens completion zsh > ~/.zfunc/_hashlens\n"
      "  hashlens completion fish > ~/.config/fish/completions/hashlens.fish\n"
      "A packaged or installed hashlens has these scripts where the shells look for them.");
  return {{verb, [parent, shell, session] { return RunCompletion(*parent, *shell, session); }}};
}

}  // namespace hashlens
