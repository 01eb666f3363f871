// How a picture of any proportions becomes the square that a network sees.
#ifndef HASHLENS_BASE_PICTURE_FIT_H_
#define HASHLENS_BASE_PICTURE_FIT_H_

namespace hashlens {

enum class PictureFit {
  kSquare,   // the centre of its largest square; proportions are kept
  kStretch,  // the centre of the whole picture made square; proportions are not kept
};

}  // namespace hashlens

#endif  // HASHLENS_BASE_PICTURE_FIT_H_
