#include "eval/descriptors/sift_words.h"

#include <algorithm>
#include <opencv2/features2d.hpp>

#include "eval/descriptors/opencv_image.h"

namespace hashlens {
namespace {

constexpr int kSide = 128;
constexpr int kStep = 8;
constexpr int kEdge = 12;        // from the edge to the first point
constexpr float kPointSize = 4;  // OpenCV: a descriptor covers 6 times its point's size, 24 pixels
constexpr int kRounds = 15;

cv::Mat MatOf(const Vectors& vectors) {
  return {static_cast<int>(vectors.rows()), static_cast<int>(vectors.dim), CV_32F,
          const_cast<float*>(vectors.values.data())};
}

Vectors VectorsOf(const cv::Mat& mat) {
  return {static_cast<size_t>(mat.cols), {mat.begin<float>(), mat.end<float>()}};
}

}  // namespace

Vectors GridSift(const Image& image) {
  std::vector<cv::KeyPoint> points;
  for (int y = kEdge; y <= kSide - kEdge; y += kStep) {
    for (int x = kEdge; x <= kSide - kEdge; x += kStep)
      points.emplace_back(static_cast<float>(x), static_cast<float>(y), kPointSize, 0.0F);
  }
  cv::Mat descriptors;
  cv::SIFT::create()->compute(GreySquare(image, kSide), points, descriptors);
  return VectorsOf(descriptors);
}

Vectors SiftVocabulary(const Vectors& descriptors, size_t words, uint64_t seed) {
  words = std::min(words, descriptors.rows() / 4);
  cv::setRNGSeed(static_cast<int>(seed));
  cv::Mat nearest, centres;
  cv::kmeans(MatOf(descriptors), static_cast<int>(words), nearest,
             {cv::TermCriteria::COUNT, kRounds, 0}, 1, cv::KMEANS_PP_CENTERS, centres);
  return VectorsOf(centres);
}

std::vector<float> WordShares(const Vectors& vocabulary, const Vectors& descriptors) {
  std::vector<cv::DMatch> matches;
  cv::BFMatcher(cv::NORM_L2).match(MatOf(descriptors), MatOf(vocabulary), matches);
  std::vector<float> counts(vocabulary.rows());
  for (const cv::DMatch& match : matches) ++counts[static_cast<size_t>(match.trainIdx)];
  for (float& count : counts) count /= static_cast<float>(descriptors.rows());
  return counts;
}

}  // namespace hashlens
