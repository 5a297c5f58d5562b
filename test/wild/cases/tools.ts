import { gzipSync } from 'node:zlib';
import { zipOf } from '../../fixtures/zip.ts';
import { PICTURE_SERVER, type RightAnswer, type WildCase } from '../wild-case.ts';

const PICTURES = [1, 2, 3].map((id) => `images/${id}.jpg`);

function file(
  name: string,
  path: string,
  content: unknown,
  answer: RightAnswer,
  rest: Partial<WildCase> = {},
): WildCase {
  const text = typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content);
  return { name, files: { [path]: text }, pictures: PICTURES, from: path, answer, ...rest };
}

const coco = {
  categories: [
    { id: 0, name: 'clothes' },
    { id: 1, name: 'hat', supercategory: 'clothes' },
  ],
  images: [
    { id: 1, file_name: 'images/1.jpg' },
    { id: 2, file_name: 'images/2.jpg' },
  ],
  annotations: [
    { id: 7, image_id: 1, category_id: 1, iscrowd: 1, segmentation: { counts: [1, 2], size: [16, 24] } },
    { id: 8, image_id: 1, category_id: 0 },
    { id: 9, image_id: 99, category_id: 1 },
  ],
};

/** As the VGG Image Annotator 3 saves it. */
const VIA_3 = {
  project: {
    pid: '__VIA_PROJECT_ID__',
    pname: 'Clothes',
    data_format_version: '3.1.1',
    vid_list: ['1', '2'],
  },
  config: { file: { loc_prefix: { 1: '', 2: '', 3: 'images/', 4: '' } }, ui: {} },
  attribute: {
    1: { aname: 'kind', anchor_id: 'FILE1_Z0_XY1', type: 4, options: { 0: 'Hat', 1: 'Shoe' } },
    2: { aname: 'colours', anchor_id: 'FILE1_Z0_XY0', type: 2, options: { 0: 'Red', 1: 'Green', 2: 'Blue' } },
    3: { aname: 'state', anchor_id: 'FILE1_Z0_XY0', type: 1, options: {} },
  },
  file: {
    1: { fid: 1, fname: 'images/1.jpg', type: 2, loc: 1, src: '' },
    2: { fid: '2', fname: '2.jpg', type: 2, loc: 3, src: '2.jpg' },
    3: { fid: '3', fname: 'images/3.jpg', type: 2, loc: 1, src: {} },
    4: { fid: '4', fname: 'film.mp4', type: 4, loc: 1, src: '' },
    5: { fid: '5', fname: 'pasted', type: 2, loc: 4, src: 'data:image/png;base64,iVBORw0KGgo=' },
  },
  metadata: {
    '1_aB3dE': { vid: '1', flg: 0, z: [], xy: [2, 1, 2, 3, 4], av: { 1: '0' } },
    '1_file': { vid: '1', flg: 0, z: [], xy: [], av: { 2: '0,2', 3: 'new, unworn' } },
    '2_aB3dE': { vid: '2', flg: 0, z: [], xy: [2, 1, 2, 3, 4], av: { 1: '1' } },
  },
  view: { 1: { fid_list: [1] }, 2: { fid_list: ['2'] }, 3: { fid_list: ['3', '5'] }, 4: { fid_list: ['4'] } },
};

/** COCO as the tools write it that use it. */
const COCO: readonly WildCase[] = [
  file('coco', 'coco.json', coco, { images: { 1: ['hat', 'clothes'], 2: [] } }),
  file('coco-backslashes', 'result.json', JSON.stringify(coco).replaceAll('images/', 'images\\\\'), {
    images: { 1: ['hat', 'clothes'], 2: [] },
  }),
  file(
    'coco-of-fiftyone',
    'labels.json',
    JSON.stringify(coco).replaceAll('images/', ''),
    {
      images: { 1: ['hat', 'clothes'], 2: [] },
    },
    { pictures: ['data/1.jpg', 'data/2.jpg'] },
  ),
  file('coco-gzip', 'coco.json.gz', gzipSync(JSON.stringify(coco)), {
    images: { 1: ['hat', 'clothes'], 2: [] },
  }),
  file('coco-utf-16', 'coco.json', Buffer.from(JSON.stringify(coco), 'utf16le'), {
    images: { 1: ['hat', 'clothes'], 2: [] },
  }),
  file(
    'coco-same-id-twice',
    'coco.json',
    { images: [...coco.images, { id: 1, file_name: 'images/3.jpg' }], annotations: [] },
    {
      images: { 1: [], 2: [] },
      failures: [['line 1', 'ROW_UNREADABLE', 'an earlier row has the same id and another picture']],
    },
  ),
];

const task = (id: number, choice: string, rest = {}) => ({
  id,
  data: { image: `images/${id}.jpg` },
  annotations: [{ result: [{ type: 'choices', value: { choices: [choice] } }], ...rest }],
});

const labelboxRow = (id: number) => ({
  data_row: { id: `ck${id}`, external_id: `shirt-${id}`, row_data: `images/${id}.jpg` },
  projects: {
    p1: {
      labels: [
        {
          annotations: {
            objects: [
              {
                name: 'Hat',
                value: 'hat',
                classifications: [{ name: 'Colour', radio_answer: { name: 'Red' } }],
              },
            ],
            classifications: [
              { name: 'Season', checklist_answers: [{ name: 'Summer' }] },
              { name: 'Notes', text_answer: { content: 'typed' } },
            ],
          },
        },
      ],
    },
  },
});
const LABELBOX = { images: { 'shirt-1': ['Hat', 'Red', 'Summer'], 'shirt-2': ['Hat', 'Red', 'Summer'] } };

const LABELLING: readonly WildCase[] = [
  file(
    'json-list',
    'list.json',
    [
      { id: 1, url: 'images/1.jpg', label: ['hat', 'red'] },
      { id: 2, path: 'images/2.jpg' },
    ],
    {
      images: { 1: ['hat', 'red'], 2: [] },
    },
  ),
  file('label-studio', 'export.json', [task(1, 'hat'), task(2, 'no', { was_cancelled: true })], {
    images: { 1: ['hat'], 2: [] },
  }),
  file(
    'labelbox-lines',
    'export.ndjson',
    [1, 2].map((id) => `${JSON.stringify(labelboxRow(id))}\n`).join(''),
    LABELBOX,
  ),
  file('labelbox-list', 'export.json', [1, 2].map(labelboxRow), LABELBOX),
  file(
    'labelbox-of-before',
    'export.json',
    [
      {
        ID: 'ck1',
        'DataRow ID': 'dr1',
        'Labeled Data': `${PICTURE_SERVER}/pictures/a.jpg`,
        'External ID': 'a.jpg',
        Label: {
          objects: [{ title: 'Hat', value: 'hat' }],
          classifications: [{ title: 'Colour', value: 'colour', answer: { title: 'Red', value: 'red' } }],
        },
      },
    ],
    { images: { 'a.jpg': ['Hat', 'Red'] } },
  ),
  file(
    'via-project',
    'via_project.json',
    {
      _via_settings: { ui: {}, core: { filepath: {} } },
      _via_img_metadata: {
        'images/1.jpg123': {
          filename: 'images/1.jpg',
          size: 123,
          regions: [
            {
              shape_attributes: { name: 'rect', x: 1 },
              region_attributes: { kind: 'hat', state: { new: true, old: false } },
            },
          ],
          file_attributes: { season: 'summer' },
        },
        'images/2.jpg5': { filename: 'images/2.jpg', size: 5, regions: [], file_attributes: {} },
      },
      _via_attributes: { region: {}, file: {} },
    },
    { images: { 'images/1.jpg': ['hat', 'new', 'summer'], 'images/2.jpg': [] } },
  ),
  file(
    'via-annotations',
    'via_export_json.json',
    {
      '1.jpg12': {
        filename: '1.jpg',
        size: 12,
        regions: { 0: { region_attributes: { kind: 'hat' } } },
        file_attributes: {},
      },
    },
    { images: { '1.jpg': ['hat'] } },
  ),
  file('via-3-project', 'via_project.json', VIA_3, {
    images: { 'images/1.jpg': ['Hat', 'Red', 'Blue', 'new, unworn'], '2.jpg': ['Shoe'], 'images/3.jpg': [] },
    failures: [
      ['file 4', 'ROW_UNREADABLE', 'a video or a recording'],
      ['file 5', 'ROW_UNREADABLE', 'in the project itself'],
    ],
  }),
  file(
    'via-3-without-files',
    'via_project.json',
    { ...VIA_3, file: null },
    {
      images: {},
      error: 'ANNOTATIONS_INVALID',
      problem: 'the project of VIA 3 has no object "file"',
    },
  ),
  file(
    'via-table',
    'via_export_csv.csv',
    'filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,region_attributes\n' +
      '1.jpg,12,"{}",2,0,"{""name"":""rect"",""x"":1}","{""kind"":""hat""}"\n' +
      '1.jpg,12,"{}",2,1,"{""name"":""rect"",""x"":2}","{""kind"":""shoe""}"\n' +
      '2.jpg,12,"{}",0,0,"{}","{"\n',
    {
      images: { '1.jpg': ['hat', 'shoe'] },
      failures: [['line 4', 'ROW_UNREADABLE', 'region_attributes is not valid JSON']],
    },
  ),
  file(
    'fiftyone-samples',
    'samples.json',
    {
      samples: [
        { filepath: 'data/1.jpg', tags: [], ground_truth: { _cls: 'Classification', label: 'hat' } },
        {
          filepath: 'data/2.jpg',
          objects: { _cls: 'Detections', detections: [{ _cls: 'Detection', label: 'shoe' }] },
        },
      ],
    },
    { images: { 'data/1.jpg': ['hat'], 'data/2.jpg': ['shoe'] } },
    { pictures: ['data/1.jpg', 'data/2.jpg'] },
  ),
  file(
    'fiftyone-classes',
    'labels.json',
    { classes: ['hat', 'shoe'], labels: { 1: 0, 2: [0, 1], '3': null } },
    { images: { 1: ['hat'], 2: ['hat', 'shoe'], 3: [] } },
    { pictures: ['data/1.jpg', 'data/2.jpg', 'data/3.png'] },
  ),
  file(
    'fiftyone-names',
    'labels.json',
    { labels: { '1.jpg': 'hat' }, classes: null },
    { images: { '1.jpg': ['hat'] } },
    { pictures: ['data/1.jpg'] },
  ),
  file(
    'roboflow-table',
    '_annotations.csv',
    'filename,width,height,class,xmin\n1.jpg,24,16,hat,0\n1.jpg,24,16,shoe,0\n',
    {
      images: { '1.jpg': ['hat', 'shoe'] },
    },
  ),
];

const DATA_SETS: readonly WildCase[] = [
  file(
    'hugging-face-lines',
    'metadata.jsonl',
    '{"file_name":"1.jpg","text":"a hat","label":"hat"}\n{"file_name":"2.jpg"}\n',
    {
      images: { '1.jpg': ['hat'], '2.jpg': [] },
    },
    { pictures: ['1.jpg', '2.jpg'] },
  ),
  file(
    'hugging-face-table',
    'metadata.csv',
    'file_name,additional_feature\n1.jpg,foo\n2.jpg,bar\n',
    {
      images: { '1.jpg': [], '2.jpg': [] },
    },
    { pictures: ['1.jpg', '2.jpg'] },
  ),
  {
    name: 'hugging-face-folder',
    pictures: ['train/hat/1.png', 'test/shoe/2.png'],
    from: './',
    answer: { images: { 'train/hat/1.png': ['hat'], 'test/shoe/2.png': ['shoe'] } },
  },
  file(
    'deepfashion-categories',
    'list_category_img.txt',
    '2\nimage_name  category_label\nimages/1.jpg        3\nimages/2.jpg\nimages/3.jpg        1\n',
    {
      images: { 'images/1.jpg': ['Romper suit'], 'images/3.jpg': ['Anorak'] },
      failures: [['line 4', 'ROW_UNREADABLE', 'the row has 1 field, the header 2']],
    },
    {
      files: {
        'list_category_img.txt':
          '3\nimage_name  category_label\nimages/1.jpg        3\nimages/2.jpg\nimages/3.jpg        1\n',
        'list_category_cloth.txt':
          '3\ncategory_name  category_type\nAnorak   1\nBlazer   1\nRomper suit   3\n',
      },
    },
  ),
  file(
    'deepfashion-attributes',
    'list_attr_img.txt',
    '2\nimage_name attribute_labels\nimages/1.jpg 1 -1 1\nimages/2.jpg -1 -1 0\n',
    {
      images: { 'images/1.jpg': ['1', '3'], 'images/2.jpg': [] },
    },
  ),
  file(
    'deepfashion-parts',
    'list_eval_partition.txt',
    '2\r\nimage_name evaluation_status\r\nimages/1.jpg train\r\nimages/2.jpg val\r\n',
    {
      images: { 'images/1.jpg': ['train'], 'images/2.jpg': ['val'] },
    },
  ),
  file(
    'fashion-products',
    'styles.csv',
    'id,gender,masterCategory,articleType,productDisplayName\n1,Men,Apparel,Shirts,Blue shirt\n2,Men,Apparel,Shirts,Nike Shirt, Blue\n3,Women,Apparel,Tops,Top\n',
    {
      images: { 1: ['Shirts'], 3: ['Tops'] },
      failures: [['line 3', 'ROW_UNREADABLE', 'the row has 6 fields, the header 5']],
    },
  ),
  file(
    'fashion-2019',
    'train.csv',
    'ImageId,EncodedPixels,Height,Width,ClassId\n1.jpg,1 7 9 20,16,24,6\n1.jpg,1 2,16,24,0_1\n2.jpg,3 4,16,24,6_2\n',
    {
      images: {
        '1.jpg': ['shirt', 'hat', 'long'],
        '2.jpg': ['hat', '2'].map((name) => (name === '2' ? 'short' : name)),
      },
    },
    {
      pictures: ['train/1.jpg', 'train/2.jpg'],
      files: {
        'train.csv':
          'ImageId,EncodedPixels,Height,Width,ClassId\n1.jpg,1 7 9 20,16,24,6\n1.jpg,1 2,16,24,0_1\n2.jpg,3 4,16,24,6_2\n',
        'label_descriptions.json': JSON.stringify({
          info: { year: 2019 },
          categories: [
            { id: 0, name: 'shirt', supercategory: 'upper' },
            { id: 6, name: 'hat' },
          ],
          attributes: [
            { id: 1, name: 'long', supercategory: 'length' },
            { id: 2, name: 'short' },
          ],
        }),
      },
    },
  ),
  file(
    'fashion-2020',
    'train.csv',
    'ImageId,EncodedPixels,Height,Width,ClassId,AttributesIds\n0a1,1 7,16,24,6,"115,136"\n0a1,1 2,16,24,0,\n',
    {
      images: { '0a1': ['6', 'attribute-115', 'attribute-136', '0'] },
    },
    { pictures: ['train/0a1.jpg'], options: { pathTemplate: 'train/{id}.jpg' } },
  ),
  file(
    'open-images',
    'labels.csv',
    'ImageID,Source,LabelName,Confidence\n0a1,verification,/m/0hat,1\n0a1,verification,/m/0shoe,0\n0a2,verification,/m/0hat,0\n',
    {
      images: { '0a1': ['Hat'], '0a2': [] },
    },
    {
      pictures: ['train/0a1.jpg', 'train/0a2.jpg'],
      files: {
        'labels.csv':
          'ImageID,Source,LabelName,Confidence\n0a1,verification,/m/0hat,1\n0a1,verification,/m/0shoe,0\n0a2,verification,/m/0hat,0\n',
        'class-descriptions.csv': '/m/0hat,Hat\n/m/0shoe,"Shoe, boot"\n',
      },
    },
  ),
  file(
    'open-images-urls',
    'image_ids.csv',
    `ImageID,Subset,OriginalURL,Author\n0a1,train,${PICTURE_SERVER}/pictures/1.jpg,"A ""B"" C"\n`,
    {
      images: { '0a1': [] },
    },
  ),
];

const ITEM = (id: string, rest = '') =>
  `<item><g:id>${id}</g:id><title>A hat</title><g:image_link>images/${id}.jpg</g:image_link>${rest}</item>`;
const RSS = (items: string, before = '') =>
  `<?xml version="1.0" encoding="UTF-8"?>\n${before}<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel><title>Shop</title>\n${items}\n</channel></rss>\n`;
const KIND = '<g:product_type>Hats &gt; Caps</g:product_type>';

const FURTHER = (link: string) => `<g:additional_image_link>${link}</g:additional_image_link>`;

const SHOPS: readonly WildCase[] = [
  file(
    'shopify',
    'products_export.csv',
    'Handle,Title,Body (HTML),Type,Image Src,Image Position\nred-hat,Red hat,"<p>A\nhat</p>",Hats,images/1.jpg,1\nred-hat,,,,images/2.jpg,2\nblue-hat,Blue,,Hats,images/3.jpg,1\nred-hat,,,,,\n',
    {
      images: { 'red-hat#1': ['Hats'], 'red-hat#2': [], 'blue-hat#1': ['Hats'] },
    },
  ),
  file(
    'merchant-table',
    'feed.tsv',
    'id\ttitle\timage link\tgoogle product category\n1\tA, hat\timages/1.jpg\t166\n',
    {
      images: { 1: ['166'] },
    },
  ),
  file('merchant-rss', 'feed.xml', RSS(`${ITEM('1', KIND)}\n${ITEM('2')}`), {
    images: { 1: ['Hats > Caps'], 2: [] },
  }),
  file(
    'merchant-further-pictures',
    'feed.xml',
    RSS(`${ITEM('1', KIND + FURTHER('images/2.jpg') + FURTHER(' images/1.jpg ') + FURTHER('images/3.jpg'))}`),
    { images: { 1: ['Hats > Caps'], '1#2': ['Hats > Caps'], '1#3': ['Hats > Caps'] } },
  ),
  file(
    'merchant-table-further-pictures',
    'feed.tsv',
    'id\timage link\tadditional image link\tproduct type\n' +
      `1\timages/1.jpg\t${PICTURE_SERVER}/pictures/a,b.jpg,${PICTURE_SERVER}/pictures/c.jpg\tHats\n` +
      '2\timages/2.jpg\timages/3.jpg, images/1.jpg\tShoes\n3\timages/3.jpg\t\t\n',
    {
      images: {
        ...{ 1: ['Hats'], '1#2': ['Hats'], '1#3': ['Hats'] },
        ...{ 2: ['Shoes'], '2#2': ['Shoes'], '2#3': ['Shoes'], 3: [] },
      },
    },
  ),
  file(
    'merchant-atom',
    'feed.xml',
    '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0"><entry><id>urn:1</id><g:id>1</g:id>' +
      '<g:image_link><![CDATA[images/1.jpg]]></g:image_link><g:shipping><g:country>DE</g:country></g:shipping></entry></feed>',
    { images: { 1: [] } },
  ),
  file('merchant-zip', 'feed.zip', zipOf({ 'feed.xml': RSS(ITEM('1', KIND)) }), {
    images: { 1: ['Hats > Caps'] },
  }),
  file(
    'merchant-bad-items',
    'feed.xml',
    RSS(`${ITEM('1')}\n${ITEM('2', '<b>&oops;</b>')}\n<item><title>No id</title></item>\n${ITEM('3')}`),
    {
      images: { 1: [], 3: [] },
      failures: [
        ['line 4', 'ROW_UNREADABLE', 'Invalid character entity'],
        ['line 5', 'ROW_UNREADABLE', 'the product has no id'],
      ],
    },
  ),
  file(
    'merchant-entities',
    'feed.xml',
    RSS(
      ITEM('1'),
      '<!DOCTYPE rss [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>\n',
    ),
    { images: { 1: [] } },
  ),
  file('xml-without-products', 'page.xml', '<html><body><p>Hello</p></body></html>', {
    images: {},
    error: 'ANNOTATIONS_INVALID',
    problem: 'the XML has no products',
  }),
  file('unknown-format', 'notes.txt', 'This is a letter,\nand no table.\n', {
    images: {},
    error: 'ANNOTATIONS_INVALID',
    problem: 'the format is unknown. Known are CSV',
  }),
];

export const TOOLS = [...COCO, ...LABELLING];
export const CATALOGUES = [...DATA_SETS, ...SHOPS];
