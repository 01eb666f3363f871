// The forms in which features may be stored, and which of them a library can take.
#ifndef HASHLENS_LIBRARY_FEATURE_FORM_H_
#define HASHLENS_LIBRARY_FEATURE_FORM_H_

#include "hashlens/status.h"
#include "hashlens/types.h"
#include "library/library_model.h"

namespace hashlens {

// kInvalidArgument when features of dim numbers cannot be stored so, by any library.
Status CheckFeatureForm(const FeatureForm& form, int dim);
// The same, and when the library's features are reduced in another way.
Status CheckFeatureForm(const FeatureForm& form, const Layout& layout, const LibraryModel& model);

// From how many images on features can be brought into this form: principal components of a few
// images would fit these only.
uint64_t ImagesNeeded(const FeatureForm& form);

}  // namespace hashlens

#endif  // HASHLENS_LIBRARY_FEATURE_FORM_H_
