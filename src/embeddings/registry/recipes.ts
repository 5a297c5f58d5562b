import type { Fit, Interpolation } from '../catalogue/model-manifest.ts';

/** How a published network must be registered: its preprocessing, its features and its licence. */
export interface Recipe {
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** The publisher's description of the network, which gives its preprocessing. */
  readonly card: string;
  /** SPDX identifier of the weights' licence. */
  readonly licence: string;
  readonly licenceUrl: string;
  /** Side of the square input in pixels. */
  readonly size: number;
  /** The shorter side before the centre is cropped; `size` if the picture is stretched. */
  readonly resize: number;
  readonly fit: Fit;
  readonly interpolation: Interpolation;
  /** For R, G and B on a scale of 0…1. All recipes take RGB, one channel after the other (NCHW). */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /**
   * The names of the output with the features in published exports, the best first. A file with only one output may
   * name it as it likes.
   */
  readonly outputs: readonly string[];
  /** `vector`: [N, D]. `first-token`: [N, D], or the first token (CLS) of [N, T, D]. */
  readonly features: 'vector' | 'first-token';
  /** D. */
  readonly dimension: number;
  /** Undefined if the network was not trained with text. */
  readonly text?: TextRecipe;
}

/** How the text tower of a network takes its text, already in tokens. */
export interface TextRecipe {
  /** Tokens per text, including those that mark its beginning and end. */
  readonly length: number;
  /** The id of the token that fills a text up to `length`. */
  readonly padding: number;
  /** Whether texts are put in lower case before the tokenizer sees them. */
  readonly lowerCase: boolean;
  /** Whether the tower may be told by a second input which tokens are padding. */
  readonly mask: boolean;
  /** As in `Recipe`. */
  readonly outputs: readonly string[];
}

const CLIP_MEAN = [0.48145466, 0.4578275, 0.40821073];
const CLIP_STD = [0.26862954, 0.26130258, 0.27577711];
const IMAGENET_MEAN = [0.485, 0.456, 0.406];
const IMAGENET_STD = [0.229, 0.224, 0.225];

/**
 * https://github.com/openai/CLIP/blob/main/clip/clip.py: the shorter side to 224 (bicubic), the centre cropped. Texts
 * have 77 tokens and are filled up with zeros. The features are those after the projection that pictures and texts
 * share. The tokenizer lowers the case itself.
 */
function clip(name: string, title: string, hub: string, dimension: number): Recipe {
  return {
    ...{ name, title, card: `https://huggingface.co/openai/${hub}` },
    ...{ licence: 'MIT', licenceUrl: 'https://github.com/openai/CLIP/blob/main/LICENSE' },
    ...{ size: 224, resize: 224, fit: 'crop', interpolation: 'bicubic', mean: CLIP_MEAN, std: CLIP_STD },
    ...{ outputs: ['image_embeds'], features: 'vector', dimension },
    text: { length: 77, padding: 0, lowerCase: false, mask: true, outputs: ['text_embeds'] },
  };
}

/**
 * https://huggingface.co/google/siglip2-base-patch16-224/blob/main/preprocessor_config.json: both sides resized
 * (bilinear), mean and deviation 0.5. Texts are in lower case and have 64 tokens, filled up on the right with zeros, of
 * which none is masked: https://huggingface.co/docs/transformers/model_doc/siglip2, and
 * https://github.com/huggingface/transformers/blob/main/src/transformers/models/siglip2/convert_siglip2_to_hf.py.
 */
function siglip2(size: number): Recipe {
  return {
    ...{ name: `siglip2-b16-${size}`, title: `SigLIP 2 B/16 at ${size} pixels, vision tower` },
    card: `https://huggingface.co/google/siglip2-base-patch16-${size}`,
    ...{ licence: 'Apache-2.0', licenceUrl: 'https://www.apache.org/licenses/LICENSE-2.0' },
    ...{ size, resize: size, fit: 'stretch', interpolation: 'bilinear' },
    ...{ mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
    ...{ outputs: ['pooler_output', 'image_embeds'], features: 'vector', dimension: 768 },
    text: { length: 64, padding: 0, lowerCase: true, mask: false, outputs: ['pooler_output', 'text_embeds'] },
  };
}

/**
 * https://huggingface.co/facebook/dinov2-base/blob/main/preprocessor_config.json, after
 * https://github.com/facebookresearch/dinov2/blob/main/dinov2/data/transforms.py: the shorter side to 256 (bicubic),
 * 224 of it cropped. The features are the first token (CLS) behind the last layer normalisation.
 */
function dinov2(kind: string, dimension: number): Recipe {
  return {
    ...{ name: `dinov2-${kind}`, title: `DINOv2 ${kind}` },
    card: `https://huggingface.co/facebook/dinov2-${kind}`,
    licence: 'Apache-2.0',
    licenceUrl: 'https://github.com/facebookresearch/dinov2/blob/main/LICENSE',
    ...{ size: 224, resize: 256, fit: 'crop', interpolation: 'bicubic' },
    ...{ mean: IMAGENET_MEAN, std: IMAGENET_STD },
    ...{ outputs: ['last_hidden_state', 'pooler_output'], features: 'first-token', dimension },
  };
}

/**
 * https://github.com/apple/ml-mobileclip/blob/main/mobileclip/__init__.py: the shorter side to 256 (bilinear), the
 * centre cropped, pixels from 0 to 1. Texts are those of CLIP; no token is masked, so the padding matters.
 */
function mobileclip(kind: string): Recipe {
  return {
    ...{ name: `mobileclip-${kind}`, title: `MobileCLIP ${kind.toUpperCase()}, image encoder` },
    card: `https://huggingface.co/apple/MobileCLIP-${kind.toUpperCase()}`,
    // For research only, see the text.
    licence: 'LicenseRef-Apple-AMLR',
    licenceUrl: 'https://github.com/apple/ml-mobileclip/blob/main/LICENSE_MODELS',
    ...{ size: 256, resize: 256, fit: 'crop', interpolation: 'bilinear' },
    ...{ mean: [0, 0, 0], std: [1, 1, 1] },
    ...{ outputs: ['image_embeds'], features: 'vector', dimension: 512 },
    text: { length: 77, padding: 0, lowerCase: false, mask: false, outputs: ['text_embeds'] },
  };
}

export const RECIPES: readonly Recipe[] = [
  // Both sides are resized (bilinear): ppcls/configs/GeneralRecognitionV2/GeneralRecognitionV2_PPLCNetV2_base.yaml in
  // github.com/PaddlePaddle/PaddleClas. Converters name its only output as they like.
  {
    ...{ name: 'pp-shituv2', title: 'PP-ShiTuV2, recognition network (PP-LCNetV2)' },
    card: 'https://github.com/PaddlePaddle/PaddleClas/blob/release/2.6/docs/en/PPShiTu/PPShiTuV2_introduction.md',
    licence: 'Apache-2.0',
    licenceUrl: 'https://github.com/PaddlePaddle/PaddleClas/blob/release/2.6/LICENSE',
    ...{ size: 224, resize: 224, fit: 'stretch', interpolation: 'bilinear' },
    ...{ mean: IMAGENET_MEAN, std: IMAGENET_STD, outputs: [], features: 'vector', dimension: 512 },
  },
  siglip2(224),
  siglip2(256),
  clip('clip-vit-b32', 'CLIP ViT-B/32, vision tower', 'clip-vit-base-patch32', 512),
  clip('clip-vit-b16', 'CLIP ViT-B/16, vision tower', 'clip-vit-base-patch16', 512),
  clip('clip-vit-l14', 'CLIP ViT-L/14, vision tower', 'clip-vit-large-patch14', 768),
  dinov2('small', 384),
  dinov2('base', 768),
  mobileclip('s0'),
  mobileclip('s1'),
  mobileclip('s2'),
];
