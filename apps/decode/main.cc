// hashlens-decode: decodes pictures for hashlens in a process that can do no harm.
#include "decode/read_picture.h"
#include "decode/vips_loaders.h"
#include "decode/worker.h"

int main(int argc, char** argv) {
  return hashlens::RunWorker(
      argc, argv, {hashlens::StartVips, hashlens::ReadableFormats, hashlens::ReadAnyPicture});
}
