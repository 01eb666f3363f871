// What encode, classify and mean have in common: the pictures that paths name, and how a run went.
#ifndef HASHLENS_APPS_CLI_PICTURE_PATHS_H_
#define HASHLENS_APPS_CLI_PICTURE_PATHS_H_

#include <filesystem>
#include <string>
#include <vector>

#include "apps/cli/command.h"
#include "apps/cli/session.h"
#include "hashlens/encode.h"

namespace hashlens {

// What PATH of these verbs may be, for its help.
extern const char kPicturePathsHelp[];
// PATH, which may be - for names on standard input, and --null.
void AddPathsOrStdin(Command* verb, std::vector<std::string>* words, bool* stdin_zero);

// --exclude, --hidden and those of labelled data.
void AddPictureOptions(Command* verb, EncodePathsOptions* pictures);
// --label-names.
void AddLabelNamesOption(Command* verb, EncodePathsOptions* pictures);
// --model.
void AddModelOption(Command* verb, std::filesystem::path* model);

// The words of the command line, or the names on standard input where that is asked for.
// done: the verb in the message that says that there are none, such as "encoded".
Status ReadPicturePaths(const std::vector<std::string>& words, bool stdin_zero, const char* done,
                        EncodePathsOptions* pictures);

// One line on stderr for a picture that failed or is damaged.
void WarnOfPicture(const EncodedPicture& picture, Session* session);
// kIoError once standard output takes no more.
Status CheckStdout();

// Warnings, and "12 encoded (1 of them damaged), 2 failed in 0.3 s, 40 images/s".
void NoteCounts(const EncodeReport& report, const char* done, Session* session);
// kNotFound: why a run did nothing.
Status NothingDone(const EncodeReport& report, const EncodePathsOptions& pictures,
                   const char* done);
// Of a run that did something.
ExitCode CodeOfRun(const EncodeReport& report);

}  // namespace hashlens

#endif  // HASHLENS_APPS_CLI_PICTURE_PATHS_H_
