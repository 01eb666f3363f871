// Writing an LMDB that appears whole or not at all.
#ifndef HASHLENS_SOURCE_LMDB_WRITER_H_
#define HASHLENS_SOURCE_LMDB_WRITER_H_

#include <memory>
#include <string>
#include <string_view>

#include "base/file.h"

namespace hashlens {

// Keys come in ascending order. Without Finish, nothing is left behind. One thread.
class LmdbWriter {
 public:
  // kInvalidArgument when something is at `folder` already; kNotFound when what it should be in is
  // not there.
  static Result<std::unique_ptr<LmdbWriter>> Create(const Path& folder);
  LmdbWriter(const LmdbWriter&) = delete;
  LmdbWriter& operator=(const LmdbWriter&) = delete;
  ~LmdbWriter();

  Status Put(std::string_view key, std::string_view value);
  // Makes everything last and gives the folder its name. kInvalidArgument when something has got
  // that name meanwhile; the message says where the folder is then.
  Status Finish();

 private:
  struct State;
  explicit LmdbWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace hashlens

#endif  // HASHLENS_SOURCE_LMDB_WRITER_H_
